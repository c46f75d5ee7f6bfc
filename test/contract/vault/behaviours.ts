import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { valueOf } from './vault-client.ts';
import type { NewKey, SignatureAlgorithm, VaultClient } from './vault-client.ts';

export interface Subject {
  readonly vaultUri: string;
  readonly client: VaultClient;
}

const NO_VERSION = '0'.repeat(32);
const P256: NewKey = { kty: 'EC', curve: 'P-256' };
let serial = 0;

/**
 * The contract of Key Vault's keys as keyward relies on it. One list: each entry is run with the JavaScript and the Python SDK, on
 * the stand-in and, when given, on the real thing.
 */
export function describeBehaviours(subject: () => Subject): void {
  const used: string[] = [];
  /** Unique even in a real vault, which remembers deleted names for months. */
  const freshName = () => {
    const name = `keyward-${process.pid}-${Date.now().toString(36)}-${(serial += 1)}`;
    used.push(name);
    return name;
  };
  let client: VaultClient;
  beforeAll(() => {
    client = subject().client;
  });
  afterAll(async () => {
    // Names that a test has removed itself are absent by now.
    for (const name of used) await client.remove(name);
  }, 120_000);

  it('lists every version of a key once, over more than one page', async () => {
    const name = freshName();
    const created = [valueOf(await client.create(name, P256)).version];
    while (created.length < 28) created.push(valueOf(await client.rotate(name)).version);
    const listed = valueOf(await client.list(name));
    expect(listed.map(({ version }) => version).toSorted()).toEqual(created.toSorted());
  }, 120_000);

  it('tells the attributes of each version in its list, and nothing for a date that is not set', async () => {
    const name = freshName();
    // Before 2038: beyond it the JavaScript SDK writes (never reads) another date.
    const dates = { notBefore: 1_700_000_000_000, expiresOn: 2_100_000_000_000 };
    const plain = valueOf(await client.create(name, P256));
    const dated = valueOf(await client.create(name, { ...P256, ...dates, enabled: false }));
    const listed = valueOf(await client.list(name));
    const find = (version: string) => listed.find((item) => item.version === version);
    expect(find(plain.version)).toMatchObject({ enabled: true, notBefore: null, expiresOn: null });
    expect(find(dated.version)).toMatchObject({ enabled: false, ...dates });
    expect(find(dated.version)?.createdOn).toBeGreaterThan(1_700_000_000_000);
  });

  it.each<NewKey>([
    { kty: 'EC', curve: 'P-256' },
    { kty: 'EC', curve: 'P-384' },
    { kty: 'EC', curve: 'P-521' },
    { kty: 'RSA', size: 2048 },
    { kty: 'RSA', size: 3072 },
  ])('shows the same public key at each read: %j', async (spec) => {
    const name = freshName();
    const made = valueOf(await client.create(name, spec));
    const read = valueOf(await client.read(name, made.version));
    expect(read.id).toBe(`${subject().vaultUri}/keys/${name}/${made.version}`);
    expect(read.jwk).toEqual(made.jwk);
    const details = createPublicKey({ key: read.jwk, format: 'jwk' });
    expect(details.asymmetricKeyType).toBe(spec.kty.toLowerCase());
    if (spec.size !== undefined)
      expect(details.asymmetricKeyDetails?.modulusLength).toBe(spec.size);
    else expect(read.jwk.crv).toBe(spec.curve);
  });

  it('keeps the key of a version when another becomes the current one', async () => {
    const name = freshName();
    const first = valueOf(await client.create(name, P256));
    const second = valueOf(await client.rotate(name));
    expect(second.jwk).not.toEqual(first.jwk);
    expect(valueOf(await client.read(name, first.version)).jwk).toEqual(first.jwk);
    expect(valueOf(await client.read(name)).version).toBe(second.version);
  });

  it('shows a disabled version with its key, and does not fall back to an older one', async () => {
    const name = freshName();
    const first = valueOf(await client.create(name, P256));
    const second = valueOf(await client.rotate(name));
    valueOf(await client.setEnabled(name, second.version, false));
    const read = valueOf(await client.read(name, second.version));
    expect(read).toMatchObject({ enabled: false, jwk: second.jwk });
    expect(valueOf(await client.read(name))).toMatchObject({
      version: second.version,
      enabled: false,
    });
    expect(valueOf(await client.read(name, first.version)).enabled).toBe(true);
    valueOf(await client.setEnabled(name, second.version, true));
    expect(valueOf(await client.read(name, second.version)).enabled).toBe(true);
  });

  it('says that a key, or a version of a key that it has, is absent', async () => {
    const name = freshName();
    expect(await client.read(name)).toEqual({ ok: false, fault: 'absent' });
    expect(await client.read(name, NO_VERSION)).toEqual({ ok: false, fault: 'absent' });
    valueOf(await client.create(name, P256));
    expect(await client.read(name, NO_VERSION)).toEqual({ ok: false, fault: 'absent' });
  });

  it('says that a deleted key is absent', async () => {
    const name = freshName();
    const { version } = valueOf(await client.create(name, P256));
    valueOf(await client.remove(name));
    expect(await client.read(name, version)).toEqual({ ok: false, fault: 'absent' });
    // No page says which of the two it is: keyward takes neither for "no version is trusted" (DESIGN decision 8).
    const listed = await client.list(name);
    expect([
      { ok: false, fault: 'absent' },
      { ok: true, value: [] },
    ]).toContainEqual(listed);
  }, 60_000);

  it('finds a key by its name in any case', async () => {
    const name = freshName();
    const { version } = valueOf(await client.create(name, P256));
    expect(valueOf(await client.read(name.toUpperCase(), version)).version).toBe(version);
  });

  it.each<[NewKey, SignatureAlgorithm, string]>([
    [{ kty: 'EC', curve: 'P-256' }, 'ES256', 'sha256'],
    [{ kty: 'EC', curve: 'P-384' }, 'ES384', 'sha384'],
    [{ kty: 'EC', curve: 'P-521' }, 'ES512', 'sha512'],
    [{ kty: 'RSA', size: 2048 }, 'RS256', 'sha256'],
    [{ kty: 'RSA', size: 2048 }, 'RS512', 'sha512'],
  ])('signs with %j by %s, as node:crypto verifies it', async (spec, algorithm, hash) => {
    const name = freshName();
    const { version, jwk } = valueOf(await client.create(name, spec));
    const message = Buffer.from(name);
    const digest = createHash(hash).update(message).digest();
    const signed = valueOf(await client.sign({ name, version }, algorithm, digest));
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const verifier = { key, dsaEncoding: 'ieee-p1363' as const };
    expect(verify(hash, message, verifier, Buffer.from(signed, 'base64'))).toBe(true);
  });

  it('does not sign with a disabled version', async () => {
    const name = freshName();
    const { version } = valueOf(await client.create(name, { ...P256, enabled: false }));
    const signed = await client.sign({ name, version }, 'ES256', Buffer.alloc(32, 7));
    expect(signed).toEqual({ ok: false, fault: 'forbidden' });
  });
}
