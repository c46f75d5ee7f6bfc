import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { WORKER_CLIENT_ID } from '../../sandbox/azure.ts';
import { findTool } from '../../sandbox/cluster/cluster-tools.ts';
import { RATIFY_VERSION, startRatify, type RatifyProcess } from '../../sandbox/control/ratify.ts';
import { readControlObjects } from '../../sandbox/control/ratify-objects.ts';
import type { ChildProgram } from '../../sandbox/processes/child.ts';
import { signImage } from '../../sandbox/signer/sign-image.ts';
import { NAMES } from '../../sandbox/story/names.ts';
import { describeWith } from '../contract/peers.ts';
import { conditionOf, eventually, startWorkerStage, type WorkerStage } from './worker-stage.ts';

jest.setTimeout(90_000);

const ratifyName = `ratify-${RATIFY_VERSION}`;
const describeReal = describeWith('the worker and the real Ratify', {
  programs: ['kube', ratifyName],
  group: 'ratify',
});

/** Nobody edits a KeyManagementProvider here but the worker, and the real Ratify reads them: its verdicts are the judge. */
describeReal(`what the worker writes, read by Ratify ${RATIFY_VERSION}`, () => {
  let stage: WorkerStage;
  let worker: ChildProgram;
  let ratify: RatifyProcess;
  /** By version of the key that signed it. */
  const images = new Map<string, string>();

  beforeAll(async () => {
    stage = await startWorkerStage('real');
    const { azure, environment, folder, kubeconfig } = stage;
    worker = await stage.startWorker();
    const binary = findTool(process.env, ratifyName);
    if (binary === undefined) throw new Error('it was there a moment ago');
    ratify = await startRatify({
      binary,
      kubeconfig,
      folder: join(folder, 'ratify'),
      env: {
        HTTPS_PROXY: azure.egress.url,
        SSL_CERT_FILE: environment['NODE_EXTRA_CA_CERTS'] ?? '',
        AZURE_AUTHORITY_HOST: azure.entra.authorityHost,
        AZURE_TENANT_ID: azure.entra.tenantId,
        AZURE_FEDERATED_TOKEN_FILE: environment['AZURE_FEDERATED_TOKEN_FILE'] ?? '',
      },
    });
  });
  afterAll(async () => {
    await ratify?.close();
    await worker?.stop();
    await stage?.[Symbol.asyncDispose]();
  });

  const sign = async (version: string): Promise<void> => {
    const { registry, vault } = stage.azure;
    const repository = `app-${images.size}`;
    const { digest } = registry.pushImage(repository, 'v1', { content: version });
    await signImage({
      registry,
      repository,
      digest,
      format: 'legacy',
      now: Date.now(),
      signer: {
        publicKey: vault.publicKeyOf(NAMES.key, version),
        sign: (hash, algorithm) => Promise.resolve(vault.sign(NAMES.key, version, hash, algorithm)),
      },
    });
    images.set(version, `${registry.host}/${repository}@${digest}`);
  };
  const rotate = async (): Promise<string> => {
    const version = stage.azure.vault.rotate(NAMES.key);
    await sign(version);
    return version;
  };
  const disable = (version: string): void =>
    stage.azure.vault.setEnabled(NAMES.key, version, false);
  /** Ratify allows exactly the images that these versions signed. */
  const allowing = (...versions: readonly string[]) =>
    eventually(
      `Ratify allows ${versions.length} of ${images.size}`,
      async () => {
        for (const [version, image] of images) {
          const { kind } = await ratify.verify(image);
          if ((kind === 'allow') !== versions.includes(version)) return false;
        }
        return true;
      },
      30_000,
    );
  const confirmed = (reason: string) =>
    eventually(`the worker has it from Ratify: ${reason}`, async () => {
      const sync = conditionOf(await stage.readKeySet(NAMES.kmp), 'ProviderInSync');
      if (sync?.status !== 'True' || sync.reason !== reason) return undefined;
      const { status } = await stage.readProvider(NAMES.kmp);
      return status.isSuccess === true && status.writer !== undefined ? sync : undefined;
    });
  const createProvider = (...versions: readonly string[]) =>
    stage.kube.create(RESOURCES.kmps, {
      metadata: { name: NAMES.kmp },
      spec: {
        type: 'azurekeyvault',
        parameters: {
          vaultURI: `${NAMES.vaultUri}/`,
          tenantID: stage.azure.entra.tenantId,
          clientID: WORKER_CLIENT_ID,
          keys: versions.map((version) => ({ name: NAMES.key, version })),
        },
      },
    });
  const annotate = (manage: string | null) =>
    stage.kube.patch(
      RESOURCES.kmps,
      { name: NAMES.kmp },
      { type: 'merge', body: { metadata: { annotations: { 'keyward.dev/manage': manage } } } },
    );

  it('admits and denies what it should after each kind of change', async () => {
    const { azure, kube } = stage;
    const first = azure.vault.createKey({ name: NAMES.key });
    await sign(first);
    await createProvider(first);
    const objects = await readControlObjects({ registry: azure.registry.host, keyVersion: first });
    for (const object of objects) {
      if (object.kind === 'KeyManagementProvider') continue;
      const plural = object.kind === 'Policy' ? 'policies' : `${object.kind.toLowerCase()}s`;
      const path = `/apis/${object.apiVersion}/${plural}`;
      expect((await kube.raw('POST', path, object)).status).toBe(201);
    }
    await allowing(first);
    // Before it is adopted, a newer version would be one that a person left out.
    await eventually('it is adopted', async () => {
      const keySet = await stage.readKeySet(NAMES.kmp);
      return keySet?.status.trusted === 1;
    });

    // Rotation: both versions, with nobody's edit.
    await annotate('patch');
    const second = await rotate();
    await allowing(first, second);
    expect((await confirmed('InSync')).message).toContain('Ratify has read them');

    // A leak: the version is disabled, and no event tells of it.
    disable(first);
    await allowing(second);
    await confirmed('InSync');

    // The last one too: the provider denies, and returns with the next.
    disable(second);
    await allowing();
    await confirmed('Tombstone');
    const third = await rotate();
    await allowing(third);
    await confirmed('InSync');
  });

  it('goes on through a Helm upgrade that brings the old list back', async () => {
    const [first = '', second = '', third = ''] = images.keys();
    await stage.kube.delete(RESOURCES.kmps, { name: NAMES.kmp });
    await createProvider(first, second);
    await eventually('the worker has written the new object', async () => {
      const { keys } = await stage.readProvider(NAMES.kmp);
      return keys.map(({ version }) => version).join() === third;
    });
    await allowing(third);
    await confirmed('InSync');
  });

  it('keeps its verdicts when it is released, and reads the generated provider as well', async () => {
    const [, , third = ''] = images.keys();
    await annotate(null);
    await eventually('the notes are gone', async () => {
      const { annotations } = await stage.readProvider(NAMES.kmp);
      return Object.keys(annotations).length === 0;
    });
    await allowing(third);

    await annotate('generate');
    const made = `${NAMES.kmp}-keyward`;
    await eventually('it is made', async () => stage.kube.get(RESOURCES.kmps, { name: made }));
    const place = { name: NAMES.verifier };
    const body = [
      {
        op: 'replace',
        path: '/spec/parameters/trustPolicies/0/keys',
        value: [{ provider: made }],
      },
    ];
    await stage.kube.patch(RESOURCES.verifiers, place, { type: 'json', body });
    await allowing(third);
    const fourth = await rotate();
    await allowing(third, fourth);
    disable(third);
    disable(fourth);
    await allowing();
  });
});
