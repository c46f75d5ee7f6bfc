/** The verdict that keyward gives on evidence when a key set trusts the keys given, and nothing else is in the cluster. */
import { verifySignature } from '../../core/cosign/verify-signature.ts';
import { buildTrustView } from '../../core/keys/build-trust-view.ts';
import type { KeySet } from '../../core/keys/key-set.ts';
import { loadPublicKey } from '../../core/keys/public-key.ts';
import { decide } from '../../core/verdict/decide.ts';
import type { Evidence } from '../../core/verdict/evidence.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';

const SINCE = '2026-01-01T00:00:00Z';

/** A status whose fingerprint is not its key's is not trusted, so it has to be right here too. */
function fingerprintOf(pem: string): string {
  const loaded = loadPublicKey({ pem });
  if (!loaded.ok) throw new Error(loaded.detail);
  return loaded.key.fingerprint;
}

function keySetOf(publicKeyPems: readonly string[]): KeySet {
  return {
    namespace: 'keyward-system',
    name: 'contract',
    uid: 'contract',
    resourceVersion: '1',
    generation: 1,
    spec: {
      keys: ['azurekms://contoso.vault.azure.net/cosign-key'],
      versions: { follow: true, exclude: [], limit: 20 },
      expiredKeys: 'Trust',
      sweepIntervalSeconds: 5,
      staleAfterSeconds: 86_400,
      onStale: 'KeepTrust',
    },
    status: {
      trusted: publicKeyPems.length,
      conditions: [],
      versions: publicKeyPems.map((publicKeyPem, index) => ({
        vaultUri: 'https://contoso.vault.azure.net',
        name: 'cosign-key',
        version: index.toString(16).padStart(32, '0'),
        state: 'trusted',
        reason: 'for the contract',
        since: SINCE,
        publicKeyPem,
        fingerprint: fingerprintOf(publicKeyPem),
      })),
    },
  };
}

export function decideWith(evidence: Evidence, publicKeyPems: readonly string[]): Verdict {
  const keySet = keySetOf(publicKeyPems);
  const name = `${keySet.namespace}/${keySet.name}`;
  return decide({
    image: `${evidence.repository}@${evidence.digest}`,
    evidence,
    policies: [{ id: `KeySet/${name}`, group: name, scopes: ['*'], keySets: [{ keySet: name }] }],
    trust: buildTrustView([keySet], []),
    now: Date.parse(SINCE) + 1000,
    verifies: (candidate, key) =>
      verifySignature(key, candidate.signedBytes, candidate.signature) === 'valid',
  });
}
