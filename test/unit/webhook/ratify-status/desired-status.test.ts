import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../../core/keys/key-set.ts';
import {
  parseKmp,
  parseStore,
  parseVerifier,
  type Kmp,
  type ParseResult,
} from '../../../../platform/kube/schemas.ts';
import {
  statusOfProvider,
  statusOfStore,
  statusOfVerifier,
} from '../../../../webhook/ratify-status/desired-status.ts';
import { verifierObject } from '../../../support/api-objects.ts';
import { daysFromNow, keySetOf, versionOf } from '../../../support/trust.ts';

const SUCCESS = { issuccess: true, error: '', brieferror: '' };
const failure = (words: string) => ({
  issuccess: false,
  error: expect.stringContaining(words),
  brieferror: expect.stringMatching(/^.{1,100}$/u),
});

const storeOf = (spec: object) => parseStore({ metadata: { name: 'store' }, spec });
const FOLLOWING = keySetOf([versionOf()], {
  spec: { providerRef: { kind: 'KeyManagementProvider', name: 'kmp-akv' } },
});

describe('a Store', () => {
  it('of oras is a success', () => {
    expect(statusOfStore(storeOf({ name: 'oras', parameters: { cosignEnabled: true } }))).toEqual(
      SUCCESS,
    );
  });

  it('of another plugin is not', () => {
    expect(statusOfStore(storeOf({ name: 'dynamic' }))).toEqual(failure('no store dynamic'));
  });

  it('that cannot be read says what is wrong', () => {
    const store = storeOf({ name: 'oras', parameters: { cosignEnabled: 'yes' } });
    expect(statusOfStore(store)).toEqual(failure('spec.parameters.cosignEnabled'));
  });
});

describe('a Verifier', () => {
  const statusOf = (object: unknown, keySets = [FOLLOWING]) =>
    statusOfVerifier(parseVerifier(object), keySets, 'keyward-system');

  it('whose trust policies can all be honoured is a success', () => {
    expect(statusOf(verifierObject())).toEqual(SUCCESS);
  });

  it('whose provider no key set follows says which', () => {
    expect(statusOf(verifierObject(), [])).toEqual(failure('follows the provider kmp-akv'));
  });

  it.each([
    ['keyless', { keyless: { certificateIdentity: 'x' } }, 'keyless'],
    ['the transparency log', { tLogVerify: true }, 'tLogVerify'],
    ['no keys', { keys: [] }, 'it names no keys'],
    ['a malformed scope', { scopes: ['A*b'] }, 'malformed'],
  ])('that asks for what keyward does not do says so: %s', (_, policy, words) => {
    expect(statusOf(verifierObject({ policy }))).toEqual(failure(words));
  });

  it('of another type is not verified, and says so', () => {
    expect(statusOf(verifierObject({ spec: { name: 'notation' } }))).toEqual(
      failure('does not verify notation'),
    );
  });

  it('that cannot be read says what is wrong', () => {
    expect(statusOf(verifierObject({ spec: { parameters: 7 } }))).toEqual(
      failure('spec.parameters'),
    );
    expect(statusOf({ metadata: { name: 'v' } })).toEqual(failure('spec'));
  });

  it('keeps its brief error to what a terminal shows', () => {
    const policy = { scopes: [`A${'a'.repeat(500)}`] };
    const status = statusOf(verifierObject({ policy }));
    expect(status.error.length).toBeGreaterThan(500);
    expect(status.brieferror).toBe(status.error.slice(0, 100));
  });
});

describe('a KeyManagementProvider', () => {
  const ready = (overrides: Partial<Condition> = {}): Condition => ({
    type: 'Ready',
    status: 'True',
    reason: 'Read',
    message: 'read',
    lastTransitionTime: daysFromNow(0),
    ...overrides,
  });
  const vault = parseKmp({
    metadata: { name: 'kmp-akv' },
    spec: {
      type: 'azurekeyvault',
      parameters: { vaultURI: 'https://contoso.vault.azure.net', keys: [] },
    },
  });
  const inline = parseKmp({
    metadata: { name: 'kmp-inline' },
    spec: { type: 'inline', parameters: { contentType: 'key', value: 'PEM' } },
  });
  const statusOf = (
    conditions: readonly Condition[],
    provider: ParseResult<Kmp> = vault,
    versions = [versionOf()],
  ) => statusOfProvider(provider, keySetOf(versions, { status: { conditions } }));

  it('says what its key set says, with the versions that are trusted', () => {
    const disabled = versionOf(undefined, { version: '00', state: 'disabled' });
    expect(statusOf([ready()], vault, [versionOf(), disabled])).toEqual({
      ...SUCCESS,
      lastfetchedtime: daysFromNow(0),
      properties: {
        Keys: [{ Name: 'cosign-key', Version: versionOf().version, Enabled: 'true' }],
        Certificates: [],
      },
    });
  });

  it('of inline keys has no vault to tell of', () => {
    expect(statusOf([ready()], inline)).toEqual({ ...SUCCESS, lastfetchedtime: daysFromNow(0) });
  });

  it.each(['False', 'Unknown'] as const)('whose key set is not ready (%s) fails', (status) => {
    const conditions = [ready({ status, message: 'the vault answers 403' })];
    expect(statusOf(conditions)).toMatchObject(failure('the vault answers 403'));
  });

  it('that no key set follows, or none that has anything to tell, is left as it is', () => {
    expect(statusOfProvider(vault, undefined)).toBeUndefined();
    expect(statusOf([])).toBeUndefined();
    expect(statusOf([ready({ type: 'VaultReachable' })])).toBeUndefined();
  });

  it('that cannot be read says what is wrong', () => {
    const bad = parseKmp({ metadata: { name: 'x' }, spec: {} });
    expect(statusOfProvider(bad, undefined)).toEqual(failure('spec.type is missing'));
  });
});
