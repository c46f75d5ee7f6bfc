import { z } from 'zod';
import type { KeyRevocation } from '../../core/keys/key-set.ts';
import { parseKeyUri } from '../../core/keys/key-uri.ts';
import type { ParseResult } from './parse-result.ts';
import { METADATA, parseWith } from './parse-with.ts';

const FULL_VERSION = z.string().transform((text, context) => {
  const parsed = parseKeyUri(text);
  if (parsed.ok && parsed.version !== undefined)
    return { vaultUri: parsed.vaultUri, name: parsed.name, version: parsed.version };
  const message = parsed.ok
    ? 'must name a version: azurekms://<vault host>/<key>/<version>'
    : parsed.detail;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const OBJECT = z.object({
  metadata: METADATA,
  spec: z
    .object({
      key: FULL_VERSION.optional(),
      fingerprint: z
        .string()
        .toLowerCase()
        .regex(/^sha256:[0-9a-f]{64}$/u, 'must be sha256: and 64 hexadecimal digits')
        .optional(),
      // A revocation must not come to nothing over a note.
      reason: z.string().catch(''),
    })
    .refine(({ key, fingerprint }) => (key === undefined) !== (fingerprint === undefined), {
      message: 'exactly one of key and fingerprint must be given',
    }),
});

/** Who and when are metadata of the object; what counts here is which key. */
export function parseKeyRevocation(object: unknown): ParseResult<KeyRevocation> {
  const parsed = parseWith(OBJECT, object);
  if (!parsed.ok) return parsed;
  const { metadata, spec } = parsed.value;
  return {
    ok: true,
    value: {
      name: metadata.name,
      resourceVersion: metadata.resourceVersion,
      ...(spec.key === undefined ? {} : { key: spec.key }),
      ...(spec.fingerprint === undefined ? {} : { fingerprint: spec.fingerprint }),
      reason: spec.reason,
    },
  };
}
