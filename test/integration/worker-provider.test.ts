import { describe, jest } from '@jest/globals';
import { describeProviders } from './worker-provider-behaviours.ts';

jest.setTimeout(60_000);

describe('providers and what is told of them, with Azure and the cluster standing in', () => {
  describeProviders('stand-in');
});
