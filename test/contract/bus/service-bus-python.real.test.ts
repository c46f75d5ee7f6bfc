import { afterAll, beforeAll } from '@jest/globals';
import { describeWithPython } from '../python-driver.ts';
import { describeBehaviours } from './behaviours.ts';
import { BUS_TITLE, openSubject } from './bus-subject.ts';
import { createPythonClient } from './python-client.ts';

describeWithPython(`${BUS_TITLE}, with azure-servicebus for Python`, () => {
  let subject: Awaited<ReturnType<typeof openSubject>>;
  beforeAll(async () => {
    subject = await openSubject(createPythonClient);
  });
  afterAll(() => subject.close());
  describeBehaviours(() => subject);
});
