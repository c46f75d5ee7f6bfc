import { describe, jest } from '@jest/globals';
import { describeWorker } from './worker-behaviours.ts';

jest.setTimeout(40_000);

describe('the worker, with Azure and the cluster standing in', () => {
  describeWorker('stand-in');
});
