import { afterAll, beforeAll } from '@jest/globals';
import { describeWithPython } from '../python-driver.ts';
import { describeBehaviours } from './behaviours.ts';
import { ENTITY_KINDS, openSubject, titleOf } from './bus-subject.ts';
import { createPythonClient } from './python-client.ts';

for (const kind of ENTITY_KINDS)
  describeWithPython(`${titleOf(kind)}, with azure-servicebus for Python`, () => {
    let subject: Awaited<ReturnType<typeof openSubject>>;
    beforeAll(async () => {
      subject = await openSubject(kind, createPythonClient);
    });
    afterAll(() => subject.close());
    describeBehaviours(() => subject);
  });
