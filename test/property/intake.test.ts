/** Admission reviews and events: whatever arrives is answered or put aside, and never an error. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseEvents } from '../../events/parse-events.ts';
import { parseReview } from '../../webhook/review/admission-review.ts';
import { selectImages } from '../../webhook/review/select-images.ts';
import { runs } from '../support/property.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  spec: { containers: [{ name: 'a', image: 'nginx' }] },
};
const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'e9137d7d',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'team',
    operation: 'CREATE',
    object: pod,
    oldObject: null,
  },
};
const event = {
  specversion: '1.0',
  id: '1',
  source: '/subscriptions/x',
  type: 'Microsoft.KeyVault.KeyNewVersionCreated',
  time: '2026-11-02T12:00:00Z',
  data: {
    Id: 'https://contoso-kv.vault.azure.net/keys/cosign-key/ee05',
    VaultName: 'contoso-kv',
    ObjectType: 'Key',
    ObjectName: 'cosign-key',
  },
};

type Path = readonly (string | number)[];
function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...at, name]))];
}
function replaceAt(value: unknown, [name, ...rest]: Path, replacement: unknown): unknown {
  if (name === undefined) return replacement;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[name] = replaceAt(copy[name], rest, replacement);
  return copy;
}

describe('an admission review', () => {
  it('with any JSON in any place is a review, malformed with its uid, or none', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(review)), fc.jsonValue(), (path, value) => {
        const parsed = parseReview(JSON.stringify(replaceAt(review, path, value)));
        seen.add(parsed.kind);
        if (parsed.kind === 'not-a-review') return expect(parsed.detail).not.toBe('');
        expect(parsed.uid).not.toBe('');
        if (parsed.kind === 'review') selectImages(parsed.request);
      }),
      runs(1500),
    );
    expect([...seen].toSorted()).toEqual(['malformed', 'not-a-review', 'review']);
  });

  it('that creates a pod is judged or refused, whatever the pod: its images are never none', () => {
    const paths = pathsOf(pod).filter((path) => path.length > 0);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const object = replaceAt(pod, path, value);
        const parsed = parseReview(
          JSON.stringify({ ...review, request: { ...review.request, object } }),
        );
        if (parsed.kind !== 'review') throw new Error('not a review');
        const selection = selectImages(parsed.request);
        expect(selection.kind).not.toBe('skip');
        if (selection.kind === 'judge') expect(selection.images.length).toBeGreaterThan(0);
      }),
      runs(1000),
    );
  });

  it('of any text never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(parseReview(text).kind).toBe('not-a-review');
      }),
      runs(500),
    );
  });
});

describe('an event', () => {
  it('with any JSON in any place is a hint about a vault of Azure, ignored, or put aside', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pathsOf(event)), fc.jsonValue(), async (path, value) => {
        const body = replaceAt(event, path, value);
        const parsed = await parseEvents(body);
        expect(await parseEvents(Buffer.from(JSON.stringify(body)))).toEqual(parsed);
        if (!parsed.ok) return void seen.add(parsed.code);
        seen.add(parsed.hints.length > 0 ? 'hint' : 'ignored');
        for (const hint of parsed.hints)
          expect(hint).toMatchObject({
            vaultUri: expect.stringMatching(
              /^https:\/\/[a-z0-9-]+\.vault\.azure\.net$/u,
            ) as unknown,
          });
      }),
      runs(800),
    );
    expect(seen).toContain('hint');
    expect(seen).toContain('EVENT_KEY');
    expect(seen).toContain('EVENT_ENVELOPE');
  });

  it('of any bytes never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(typeof (await parseEvents(bytes)).ok).toBe('boolean');
      }),
      runs(500),
    );
  });
});
