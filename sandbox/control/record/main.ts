/**
 * Records what the real Ratify answers before and after the leak of the story, for sandboxes that do not run it:
 *
 *     bin/node sandbox/control/record/main.ts
 */
import { writeFile } from 'node:fs/promises';
import { SCENE_KEY, startControlScene } from '../control-scene.ts';
import { WORDS } from '../control.ts';
import { RATIFY_VERSION } from '../ratify.ts';
import { RECORDED_FILE, type RecordedControl } from '../recorded-control.ts';

await using scene = await startControlScene(process.env);
const { control, vault } = scene;
const version = vault.createKey({ name: SCENE_KEY });
const image = await scene.publish('net-monitor', version);
await control.trust(version);
const before = await control.verify(image);
vault.setEnabled(SCENE_KEY, version, false);
const after = await control.verify(image);

const recorded: RecordedControl = {
  version: RATIFY_VERSION,
  kubernetes: control.kubernetes,
  date: new Date().toISOString().slice(0, 10),
  commands: [
    ...control.commands,
    'kubectl apply -f verification_config.yaml   (with tLogVerify: false, and the policy of the Helm chart)',
    'POST /ratify/gatekeeper/v1/verify',
    `az keyvault key set-attributes --vault-name contoso --name ${SCENE_KEY} --version <version> --enabled false`,
    'POST /ratify/gatekeeper/v1/verify',
  ],
  answerBefore: WORDS[before.kind],
  answerAfter: WORDS[after.kind],
};
await writeFile(RECORDED_FILE, `${JSON.stringify(recorded, null, 2)}\n`);
process.stdout.write(
  `Ratify ${recorded.version}: ${recorded.answerBefore} before, ${recorded.answerAfter} after\n`,
);
