import type { TokenCredential } from '@azure/identity';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import type { KeyProperties, KeyVaultKey } from '@azure/keyvault-keys';
import type { Fault, Result, SeenKey, SeenVersion, VaultClient } from './vault-client.ts';

/** The contract's client over `@azure/keyvault-keys`. */
export function createJsClient(
  vaultUri: string,
  credential: TokenCredential,
  isEmulator: boolean,
): VaultClient {
  const options = { disableChallengeResourceVerification: isEmulator };
  const client = new KeyClient(vaultUri, credential, options);
  return {
    create: (name, { kty, size, curve, enabled, notBefore, expiresOn }) =>
      attempt(async () =>
        seeKey(
          await client.createKey(name, kty, {
            ...(size === undefined ? {} : { keySize: size }),
            ...(curve === undefined ? {} : { curve }),
            ...(enabled === undefined ? {} : { enabled }),
            ...(notBefore === undefined ? {} : { notBefore: new Date(notBefore) }),
            ...(expiresOn === undefined ? {} : { expiresOn: new Date(expiresOn) }),
          }),
        ),
      ),
    rotate: (name) => attempt(async () => seeKey(await client.rotateKey(name))),
    setEnabled: (name, version, enabled) =>
      attempt(async () => {
        await client.updateKeyProperties(name, version, { enabled });
        return null;
      }),
    remove: (name) =>
      attempt(async () => {
        const poller = await client.beginDeleteKey(name, { intervalInMs: 100 });
        await poller.pollUntilDone();
        return null;
      }),
    list: (name) =>
      attempt(async () => {
        const versions: SeenVersion[] = [];
        for await (const item of client.listPropertiesOfKeyVersions(name))
          versions.push(seeVersion(item));
        return versions;
      }),
    read: (name, version) =>
      attempt(async () =>
        seeKey(await client.getKey(name, version === undefined ? {} : { version })),
      ),
    sign: ({ name, version }, algorithm, digest) =>
      attempt(async () => {
        const id = `${vaultUri}/keys/${name}/${version}`;
        const cryptography = new CryptographyClient(id, credential, options);
        const { result } = await cryptography.sign(algorithm, digest);
        return Buffer.from(result).toString('base64');
      }),
    close: () => Promise.resolve(),
  };
}

function seeVersion(properties: KeyProperties): SeenVersion {
  return {
    version: properties.version ?? '',
    enabled: properties.enabled ?? null,
    createdOn: properties.createdOn?.getTime() ?? null,
    notBefore: properties.notBefore?.getTime() ?? null,
    expiresOn: properties.expiresOn?.getTime() ?? null,
  };
}

function seeKey({ id, key, properties }: KeyVaultKey): SeenKey {
  const { kty = '', crv, n, e, x, y } = key ?? {};
  const parts = Object.entries({ n, e, x, y }).flatMap(([name, part]) =>
    part === undefined ? [] : [[name, Buffer.from(part).toString('base64url')] as const],
  );
  return {
    ...seeVersion(properties),
    id: id ?? '',
    jwk: { kty, ...(crv === undefined ? {} : { crv }), ...Object.fromEntries(parts) },
  };
}

const FAULTS: Readonly<Record<number, Fault>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'absent',
  429: 'throttled',
};

async function attempt<Value>(action: () => Promise<Value>): Promise<Result<Value>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    if (error instanceof TypeError) throw error;
    const { statusCode, name } = error as { statusCode?: number; name?: string };
    if (name === 'AuthenticationError') return { ok: false, fault: 'unauthorized' };
    return { ok: false, fault: FAULTS[statusCode ?? 0] ?? 'other' };
  }
}
