import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeBehaviours } from './behaviours.ts';
import { BUS_TITLE, openSubject } from './bus-subject.ts';
import { createJsClient } from './js-client.ts';

describe(`${BUS_TITLE}, with @azure/service-bus`, () => {
  let subject: Awaited<ReturnType<typeof openSubject>>;
  beforeAll(async () => {
    subject = await openSubject(createJsClient, 2000);
  });
  afterAll(() => subject.close());
  describeBehaviours(() => subject);
});
