import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeBehaviours } from './behaviours.ts';
import { ENTITY_KINDS, openSubject, titleOf } from './bus-subject.ts';
import { createJsClient } from './js-client.ts';

for (const kind of ENTITY_KINDS)
  describe(`${titleOf(kind)}, with @azure/service-bus`, () => {
    let subject: Awaited<ReturnType<typeof openSubject>>;
    beforeAll(async () => {
      subject = await openSubject(kind, createJsClient, 2000);
    });
    afterAll(() => subject.close());
    describeBehaviours(() => subject);
  });
