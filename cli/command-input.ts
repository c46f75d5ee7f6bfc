import { z } from 'zod';
import { parseKeyUri } from '../core/keys/key-uri.ts';
import { ConfigProblem } from '../platform/lifecycle/load-config.ts';

/** A mistake of the person at the keyboard: its message says what and what to do; exit code 2. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

/** Of whoever gave the command or its environment: they can mend it, and its message is for them. Exit code 2. */
export function isMistake(error: unknown): error is Error {
  return error instanceof UsageProblem || error instanceof ConfigProblem;
}

export const outputFormat = z.enum(['text', 'json']);

/** Checks a command's options, all problems in one message. @throws UsageProblem */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const option = String(path[0] ?? '').replaceAll(
      /[A-Z]/gu,
      (letter) => `-${letter.toLowerCase()}`,
    );
    return `--${option}: ${message.charAt(0).toLowerCase()}${message.slice(1)}.`;
  });
  throw new UsageProblem(problems.join('\n'));
}

export type KeyTarget =
  | {
      readonly kind: 'version';
      readonly uri: string;
      readonly vaultUri: string;
      readonly name: string;
      readonly version: string;
    }
  | { readonly kind: 'fingerprint'; readonly fingerprint: string };

const FINGERPRINT = /^sha256:[0-9a-f]{64}$/;

/** `azurekms://host/name/version` or `sha256:…`. A key without a version would name a moving target and is refused. @throws UsageProblem */
export function parseKeyTarget(text: string): KeyTarget {
  if (FINGERPRINT.test(text)) return { kind: 'fingerprint', fingerprint: text };
  const parsed = parseKeyUri(text);
  if (!parsed.ok) {
    throw new UsageProblem(
      `${parsed.detail}\nGive azurekms://VAULT-HOST/NAME/VERSION or sha256:FINGERPRINT.`,
    );
  }
  const { vaultUri, name, version } = parsed;
  if (version === undefined) {
    throw new UsageProblem(
      `${text} names no version, and "the current one" changes with each rotation.\nGive azurekms://VAULT-HOST/NAME/VERSION; kubectl get keysets -o yaml lists them.`,
    );
  }
  const host = new URL(vaultUri).host;
  return {
    kind: 'version',
    uri: `azurekms://${host}/${name}/${version}`,
    vaultUri,
    name,
    version,
  };
}
