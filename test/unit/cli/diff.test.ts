import { describe, expect, it } from '@jest/globals';
import { diffProvider } from '../../../cli/commands/diff.ts';
import type { KeyVersionStatus } from '../../../core/keys/key-version.ts';
import { parseKmp, type KmpKey } from '../../../platform/kube/schemas.ts';
import { daysFromNow, versionOf } from '../../support/trust.ts';

interface Provider {
  readonly keys?: readonly KmpKey[];
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

function providerOf({ keys = [], namespace, annotations = {}, spec }: Provider = {}) {
  const parsed = parseKmp({
    metadata: { name: 'kmp-akv', annotations, ...(namespace === undefined ? {} : { namespace }) },
    spec: spec ?? {
      type: 'azurekeyvault',
      parameters: { vaultURI: 'https://contoso.vault.azure.net', keys },
    },
  });
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}

/** Version `v1`, `v2`, … of `cosign-key`, made that many days ago. */
function version(name: string, daysAgo: number, overrides: Partial<KeyVersionStatus> = {}) {
  return versionOf(undefined, { version: name, createdOn: daysFromNow(-daysAgo), ...overrides });
}

const OLD = version('v1', 90);
const MIDDLE = version('v2', 60);
const NEW = version('v3', 30);
const item = (name: string) => ({ name: 'cosign-key', version: name });

function diff(provider: Provider, versions: readonly KeyVersionStatus[]) {
  const { widens, narrows, kept } = diffProvider(providerOf(provider), 'ns/set', versions);
  // Their order is for people, and no promise.
  return { widens: widens.toSorted(), narrows: narrows.toSorted(), kept: kept.toSorted() };
}

describe('what managing a provider would change', () => {
  it('is nothing where the list is what is trusted already', () => {
    expect(diff({ keys: [item('v2'), item('v1')] }, [OLD, MIDDLE])).toEqual({
      widens: [],
      narrows: [],
      kept: ['cosign-key/v1', 'cosign-key/v2'],
    });
  });

  it('widens by every trusted version that is not listed', () => {
    expect(diff({ keys: [item('v1')] }, [OLD, MIDDLE, NEW])).toEqual({
      widens: ['cosign-key/v2', 'cosign-key/v3'],
      narrows: [],
      kept: ['cosign-key/v1'],
    });
  });

  it.each(['disabled', 'revoked', 'expired', 'deleted', 'notFollowed', 'unknown'] as const)(
    'narrows by a listed version that is %s',
    (state) => {
      const versions = [{ ...OLD, state }, NEW];
      expect(diff({ keys: [item('v1'), item('v3')] }, versions)).toEqual({
        widens: [],
        narrows: ['cosign-key/v1'],
        kept: ['cosign-key/v3'],
      });
    },
  );

  it('narrows by a listed version that nobody knows', () => {
    expect(diff({ keys: [item('gone'), item('v3')] }, [NEW]).narrows).toEqual(['cosign-key/gone']);
  });

  it('narrows to nothing where no version is trusted', () => {
    const versions = [{ ...OLD, state: 'disabled' as const }];
    expect(diff({ keys: [item('v1')] }, versions)).toEqual({
      widens: [],
      narrows: ['cosign-key/v1'],
      kept: [],
    });
  });
});

describe('an item without a version', () => {
  const current = { keys: [{ name: 'cosign-key' }] };

  it('stands for the newest version, whatever order they come in', () => {
    for (const versions of [
      [OLD, NEW, MIDDLE],
      [NEW, MIDDLE, OLD],
      [MIDDLE, OLD, NEW],
    ])
      expect(diff(current, versions)).toEqual({
        widens: ['cosign-key/v1', 'cosign-key/v2'],
        narrows: [],
        kept: ['cosign-key/v3'],
      });
  });

  it('narrows when the newest is not trusted', () => {
    expect(diff(current, [OLD, { ...NEW, state: 'disabled' }])).toEqual({
      widens: ['cosign-key/v1'],
      narrows: ['cosign-key/v3'],
      kept: [],
    });
  });

  it('of one key says nothing of another', () => {
    const other = version('w1', 10, { name: 'other-key' });
    expect(diff(current, [NEW, other])).toEqual({
      widens: ['other-key/w1'],
      narrows: [],
      kept: ['cosign-key/v3'],
    });
  });

  it('beside the same version written out counts once', () => {
    const keys = [{ name: 'cosign-key' }, item('v3')];
    expect(diff({ keys }, [NEW])).toEqual({ widens: [], narrows: [], kept: ['cosign-key/v3'] });
  });
});

describe('a provider', () => {
  it('is named with its namespace, where it has one', () => {
    const nameOf = (provider: Provider) => diffProvider(providerOf(provider), 's', []).provider;
    expect(nameOf({})).toBe('kmp-akv');
    expect(nameOf({ namespace: 'team' })).toBe('team/kmp-akv');
  });

  it('that is managed already shows what is due now', () => {
    const annotations = { 'keyward.dev/manage': 'patch' };
    expect(diff({ annotations, keys: [item('v1')] }, [OLD, NEW]).widens).toEqual(['cosign-key/v3']);
  });

  it('that holds no vault keys changes nothing, and says why', () => {
    const spec = { type: 'inline', parameters: { contentType: 'key', value: 'PEM' } };
    const { note, ...rest } = diffProvider(providerOf({ spec }), 'ns/set', [NEW]);
    expect(rest).toMatchObject({ widens: [], narrows: [], kept: [] });
    expect(note).toContain("type 'inline'");
  });

  it('is not changed by asking', () => {
    const provider = providerOf({ keys: [item('v1')] });
    const before = structuredClone(provider);
    diffProvider(provider, 'ns/set', [NEW]);
    expect(provider).toEqual(before);
  });
});
