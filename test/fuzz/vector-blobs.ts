/** The documents of test/vectors by what they are: what other programs really write. */
import { Buffer } from 'node:buffer';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', 'vectors');
/** Of each shape so many: the next ones differ by digests alone. */
const EACH = 4;

type Members = Readonly<Record<string, unknown>>;

function parseObject(bytes: Uint8Array): Members | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

const all = globSync(['*/*/blobs/sha256/*', 'containers-image/*/*', 'sigstore-go/*.json'], {
  cwd: ROOT,
})
  .toSorted()
  .map((name) => readFileSync(join(ROOT, name)))
  .flatMap((bytes) => {
    const members = parseObject(bytes);
    return members === undefined ? [] : [{ bytes, members }];
  });

/** Those with this member, the first few of each set of members. */
function having(member: string): readonly Buffer[] {
  const found = all.filter(({ members }) => member in members);
  const byShape = Map.groupBy(found, ({ members }) => Object.keys(members).join(' '));
  return [...byShape.values()].flatMap((same) => same.slice(0, EACH).map(({ bytes }) => bytes));
}

const bundles = having('dsseEnvelope');

export const VECTOR_BLOBS = {
  payloads: having('critical'),
  bundles,
  statements: bundles.flatMap((bytes) => {
    const { payload } = (parseObject(bytes)?.['dsseEnvelope'] ?? {}) as Members;
    return typeof payload === 'string' ? [Buffer.from(payload, 'base64')] : [];
  }),
  manifests: having('schemaVersion'),
} as const;
