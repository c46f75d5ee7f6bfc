import type { KeySet } from '../../../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { parseKmp, type Kmp } from '../../../../platform/kube/schemas.ts';
import {
  createGeneratedPatch,
  createGeneratedProvider,
} from '../../../../worker/act/generated-provider.ts';
import { createProviderPatch } from '../../../../worker/act/provider-patch.ts';
import { targetOf, readProviderSource } from '../../../../worker/observe/compose-observation.ts';
import { sourcesOf } from '../../../../worker/observe/sources.ts';
import type { SeenVersion } from '../../../../worker/observe/vault-reading.ts';
import { planKeySet, type Plan } from '../../../../worker/plan/plan-key-set.ts';
import {
  followingKeySet,
  keyOf,
  kmpObject,
  mergePatch,
  NOW,
  observation,
  reading,
  type KmpParts,
} from '../fixtures.ts';

export const TOMBSTONE_KEY = keyOf('tombstone').loaded.pem;
export const GENERATED = 'akv-keyward';
type Stored = Record<string, unknown> | undefined;
/** What a reconcile lives to write before the process dies. */
export type Survives = 'all' | 'status';

/** A KeySet, the provider that it follows and the one that is made from it, as the API server holds them; plans are carried out on these. */
export class ProviderScene {
  keySet: KeySet;
  source: Stored;
  target: Stored;
  versions: readonly SeenVersion[] = [];
  now = NOW;
  uids = 0;
  readonly namespace: string | undefined;

  constructor(parts: KmpParts = {}, spec: Partial<KeySet['spec']> = {}) {
    this.namespace = parts.namespace;
    this.source = this.#made(parts);
    const place = parts.namespace === undefined ? {} : { namespace: parts.namespace };
    this.keySet = followingKeySet('akv', { spec, ...place });
    if (parts.namespace !== undefined) {
      const providerRef = { kind: 'NamespacedKeyManagementProvider', name: 'akv' } as const;
      this.keySet = { ...this.keySet, spec: { ...this.keySet.spec, providerRef } };
    }
  }

  #made(parts: KmpParts): Record<string, unknown> {
    this.uids += 1;
    const object = kmpObject({ name: 'akv', ...parts });
    return { ...object, metadata: { ...object.metadata, uid: `uid-${this.uids}` } };
  }

  /** As `helm upgrade` does: another object with what the chart says, and none of the notes. */
  recreate(parts: KmpParts = {}): void {
    this.source = this.#made(
      this.namespace === undefined ? parts : { namespace: this.namespace, ...parts },
    );
  }

  edit(patch: unknown): void {
    this.source = mergePatch(this.source, patch) as Record<string, unknown>;
  }

  editTarget(patch: unknown): void {
    this.target = mergePatch(this.target, patch) as Record<string, unknown>;
  }

  annotate(name: string, value: string | null): void {
    this.edit({ metadata: { annotations: { [`keyward.dev/${name}`]: value } } });
  }

  static read(object: Stored): Kmp | undefined {
    if (object === undefined) return undefined;
    const parsed = parseKmp(object);
    if (!parsed.ok) throw new Error(parsed.problems.join('; '));
    return parsed.value;
  }

  plan(): Plan {
    const kmp = ProviderScene.read(this.source);
    const found = kmp === undefined ? 'missing' : ({ ok: true, value: kmp } as const);
    const place = targetOf(this.keySet, found);
    const provider = readProviderSource(found);
    return planKeySet(
      observation({
        keySet: this.keySet,
        ...(provider === undefined ? {} : { provider }),
        ...(kmp === undefined ? {} : { kmp }),
        ...(place === undefined
          ? {}
          : {
              target: {
                place,
                found: this.target === undefined ? 'missing' : parseKmp(this.target),
              },
            }),
        // Only of what is followed.
        readings: sourcesOf(this.keySet, provider).map(() => reading(this.versions)),
        now: this.now,
      }),
    );
  }

  /** One reconcile; gives what kind of writes it made to providers. */
  reconcile(survives: Survives = 'all'): readonly string[] {
    const plan = this.plan();
    this.keySet = { ...this.keySet, status: plan.status };
    if (survives === 'status') return [];
    const kmp = ProviderScene.read(this.source);
    if (plan.kmp !== undefined && kmp !== undefined)
      this.edit(createProviderPatch(kmp, plan.kmp, () => TOMBSTONE_KEY));
    const { generated } = plan;
    if (generated !== undefined) {
      const resource = RESOURCES.kmps;
      this.target =
        generated.existing === undefined
          ? { ...createGeneratedProvider(generated, resource, () => TOMBSTONE_KEY) }
          : (mergePatch(
              this.target,
              createGeneratedPatch(generated, () => TOMBSTONE_KEY),
            ) as Record<string, unknown>);
    }
    return [
      ...(plan.kmp === undefined ? [] : [`source ${plan.kmp.kind}`]),
      ...(generated === undefined ? [] : [`generated ${generated.kind}`]),
    ];
  }

  /** Until nothing is to be written; a plan that never comes to rest is a fault. */
  settle(...versions: readonly SeenVersion[]): this {
    if (versions.length > 0) this.versions = versions;
    for (let turn = 0; turn < 6; turn += 1) {
      const plan = this.plan();
      if (plan.kmp === undefined && plan.generated === undefined && plan.writeStatus === 'no')
        return this;
      this.reconcile();
    }
    throw new Error('the plan does not come to rest');
  }

  listed(of: Stored = this.source): readonly (string | undefined)[] {
    return ProviderScene.read(of)?.keys.map(({ version }) => version) ?? [];
  }

  annotations(of: Stored = this.source): Readonly<Record<string, string>> {
    return ProviderScene.read(of)?.annotations ?? {};
  }

  spec(of: Stored = this.source): unknown {
    return of?.['spec'];
  }

  state(version: string): KeyVersionStatus['state'] | undefined {
    return this.keySet.status.versions.find((each) => each.version === version)?.state;
  }

  sync() {
    return this.keySet.status.conditions.find(({ type }) => type === 'ProviderInSync');
  }
}
