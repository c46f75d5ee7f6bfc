import { describe, expect, it } from '@jest/globals';
import { buildTrustView, keySetNameOf } from '../../../../core/keys/build-trust-view.ts';
import { KEY_STATES, type KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  DAY,
  daysFromNow,
  inlineVersionOf,
  keySetOf,
  NOW,
  revocationOf,
  trustIn,
  VAULT,
  versionOf,
  without,
  type KeySetOptions,
} from '../../../support/trust.ts';

const signer = signerOf();
const prod = (versions: readonly KeyVersionStatus[], options: KeySetOptions = {}) =>
  trustIn(versions, options).keySets.get('keyward-system/prod');
const keysIn = (...versions: readonly KeyVersionStatus[]) => prod(versions)?.keys ?? [];

it('gives each key set its keys, by namespace and name', () => {
  const view = buildTrustView(
    [keySetOf([versionOf()], { name: 'a' }), keySetOf([], { namespace: 'team', name: 'a' })],
    [],
  );
  expect([...view.keySets].map(([name, { keys }]) => [name, keys.length])).toEqual([
    ['keyward-system/a', 1],
    ['team/a', 0],
  ]);
  expect(keySetNameOf({ namespace: 'team', name: 'a' })).toBe('team/a');
});

it('gives a key what it needs for a verdict, in one spelling', () => {
  const [key] = keysIn(
    versionOf(signer, {
      vaultUri: `${VAULT.toUpperCase()}/`,
      name: 'Cosign-Key',
      notBefore: daysFromNow(-2),
      expiresOn: daysFromNow(2),
    }),
  );
  expect(key).toMatchObject({
    keySet: 'keyward-system/prod',
    vaultUri: VAULT,
    name: 'cosign-key',
    state: 'trusted',
    fingerprint: signer.fingerprint,
    algorithm: 'P-256',
    createdAt: NOW - 30 * DAY,
    validFrom: NOW - 2 * DAY,
    validUntil: NOW + 2 * DAY,
  });
  expect(key?.publicKey.equals(signer.publicKey)).toBe(true);
});

it('takes a key without dates as valid for ever, and as the oldest', () => {
  const [key] = keysIn(without(versionOf(), 'createdOn'));
  expect(key).toMatchObject({ createdAt: -Infinity, validFrom: -Infinity, validUntil: Infinity });
});

describe('an entry that is not sound is not trusted', () => {
  it.each<[string, KeyVersionStatus, string]>([
    [
      'of a state that is not known',
      versionOf(signer, { state: 'Trusted' as 'trusted' }),
      'its state is not one that keyward knows',
    ],
    [
      'of a prototype name as its state',
      versionOf(signer, { state: 'constructor' as 'trusted' }),
      'its state is not one that keyward knows',
    ],
    [
      'with the fingerprint of another key',
      versionOf(signer, { fingerprint: signerOf('P-256', 'other').fingerprint }),
      'its fingerprint in status does not belong to its public key',
    ],
    [
      'without a fingerprint',
      without(versionOf(), 'fingerprint'),
      'its fingerprint in status does not belong to its public key',
    ],
    [
      'with a first moment that cannot be read',
      versionOf(signer, { notBefore: 'yesterday' }),
      'its dates cannot be read',
    ],
    [
      'with an end that cannot be read',
      versionOf(signer, { expiresOn: '2026-02-30T00:00:00Z' }),
      'its dates cannot be read',
    ],
  ])('%s', (_, version, reason) => {
    expect(keysIn(version)).toMatchObject([
      { state: 'unknown', reason, fingerprint: signer.fingerprint },
    ]);
  });

  it('but a fingerprint in upper case is the same', () => {
    expect(
      keysIn(versionOf(signer, { fingerprint: signer.fingerprint.toUpperCase() })),
    ).toMatchObject([{ state: 'trusted' }]);
  });

  it('but a creation time that cannot be read only orders', () => {
    expect(keysIn(versionOf(signer, { createdOn: 'yesterday' }))).toMatchObject([
      { state: 'trusted', createdAt: -Infinity },
    ]);
  });

  it.each([
    ['no key', without(versionOf(), 'publicKeyPem')],
    ['a key that cannot be read', versionOf(signer, { publicKeyPem: 'junk' })],
    [
      'a private key',
      versionOf(signer, {
        publicKeyPem: signer.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      }),
    ],
  ])('and one with %s is not in view (K-03)', (_, version) => {
    const other = versionOf(signerOf('P-256', 'other'));
    expect(keysIn(version, other)).toMatchObject([
      { state: 'trusted', fingerprint: other.fingerprint },
    ]);
  });

  it('and its key counts for what it is, whatever algorithm it claims (B-47)', () => {
    expect(keysIn(versionOf(signer, { algorithm: 'RSA-4096' }))).toMatchObject([
      { algorithm: 'P-256' },
    ]);
  });
});

it('keeps every other state as it is, with its reason, so that a denial can name the key', () => {
  const versions = KEY_STATES.map((state) =>
    versionOf(signer, { state, reason: `Because of ${state}.`, version: state }),
  );
  const states = keysIn(...versions).map(({ state, reason }) => `${state} ${reason}`);
  expect(states.toSorted()).toEqual(
    KEY_STATES.map((state) => `${state} Because of ${state}.`).toSorted(),
  );
});

describe('revocations are subtracted', () => {
  const version = versionOf();
  const copy = inlineVersionOf();
  const sets = [
    keySetOf([version], { name: 'a' }),
    keySetOf([copy], { name: 'b', namespace: 'team' }),
  ];
  const statesWith = (...overrides: readonly Parameters<typeof revocationOf>[0][]) => {
    const view = buildTrustView(
      sets,
      overrides.map((override) => revocationOf(override)),
    );
    return [...view.keySets.values()].flatMap(({ keys }) =>
      keys.map(({ state, reason }) => `${state}: ${reason}`),
    );
  };
  const trusted = 'trusted: It is enabled and followed.';
  const revoked = 'revoked: revoked by KeyRevocation leak-1 ("KeyCompromise")';

  it.each([
    ['by fingerprint, from every key set', { fingerprint: signer.fingerprint }, [revoked, revoked]],
    ['by version, and with it every copy of the key', { key: version }, [revoked, revoked]],
    [
      'not where they name another key',
      { fingerprint: signerOf('P-256', 'other').fingerprint },
      [trusted, trusted],
    ],
  ])('%s', (_, revocation, expected) => {
    expect(statesWith(revocation)).toEqual(expected);
  });

  it('also where the status claims another fingerprint than its key has', () => {
    const liar = versionOf(signer, { fingerprint: signerOf('P-256', 'other').fingerprint });
    const view = buildTrustView(
      [keySetOf([liar])],
      [revocationOf({ fingerprint: signer.fingerprint })],
    );
    expect(view.keySets.get('keyward-system/prod')?.keys).toMatchObject([{ state: 'revoked' }]);
  });

  it('also for a copy where the revoked entry holds no key, by the fingerprint that it claims', () => {
    const bare = without(version, 'publicKeyPem');
    const view = buildTrustView([keySetOf([bare, copy])], [revocationOf({ key: version })]);
    expect(view.keySets.get('keyward-system/prod')?.keys).toMatchObject([
      { vaultUri: '', state: 'revoked' },
    ]);
  });

  it('before any other state is told', () => {
    const disabled = versionOf(signer, { state: 'disabled' });
    const view = buildTrustView(
      [keySetOf([disabled])],
      [revocationOf({ fingerprint: signer.fingerprint, reason: 'a\nb' })],
    );
    expect(view.keySets.get('keyward-system/prod')?.keys).toMatchObject([
      { state: 'revoked', reason: String.raw`revoked by KeyRevocation leak-1 ("a\nb")` },
    ]);
  });
});

it('loads keys by the function that it is given, so that a caller may remember them', () => {
  const loaded: unknown[] = [];
  buildTrustView([keySetOf([versionOf()])], [], (source) => {
    loaded.push(source);
    return loadPublicKey(source);
  });
  expect(loaded).toEqual([{ pem: signer.pem }]);
});
