import type { z } from 'zod';
import { DENY_CODES, UNAVAILABLE_CODES } from '../../core/verdict/reasons.ts';
import { remedyFor, remedyForUnavailable } from '../../core/verdict/remedies.ts';
import { EVENT_CODES } from '../../events/hint.ts';
import { BUS_ERROR_CODES } from '../../platform/bus/hint-source.ts';
import { TOKEN_CODES } from '../../platform/http/token/verify-token.ts';
import { KUBE_ERROR_CODES } from '../../platform/kube/kube-error.ts';
import type { ConfigShape } from '../../platform/lifecycle/load-config.ts';
import { QUEUE_ERROR_CODES } from '../../platform/queue/job-queue.ts';
import { VAULT_ERROR_CODES } from '../../platform/vault/vault-error.ts';
import { WEBHOOK_CONFIG } from '../../webhook/config.ts';
import { WORKER_CONFIG } from '../../worker/config.ts';
import { DENY_MEANINGS, UNAVAILABLE_MEANINGS } from './reason-meanings.ts';
import {
  BUS_MEANINGS,
  EVENT_MEANINGS,
  KUBE_MEANINGS,
  QUEUE_MEANINGS,
  TOKEN_MEANINGS,
  VAULT_MEANINGS,
} from './service-meanings.ts';

/** The reference pages by path, as the code has them. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/errors.md', errorsPage()],
    ['docs/configuration.md', configurationPage()],
  ]);
}

const NOTICE = '<!-- Written by `npm run reference` from the code. -->';

function errorsPage(): string {
  return page([
    '# Reason codes',
    NOTICE,
    'The first word of a denial, the label of a metric, the audit annotation `code`. `deny`: known not to be trusted (403). `unavailable`: could not be found out (503); it refuses in enforce mode too, is never cached as a denial, and may be retried.',
    '## Deny',
    table(
      ['code', 'what', 'what to do'],
      DENY_CODES.map((code) => [`\`${code}\``, DENY_MEANINGS[code], sentence(remedyFor(code))]),
    ),
    '## Unavailable',
    table(
      ['code', 'what', 'what to do'],
      UNAVAILABLE_CODES.map((code) => [
        `\`${code}\``,
        UNAVAILABLE_MEANINGS[code],
        sentence(remedyForUnavailable(code)),
      ]),
    ),
    '# Faults of neighbours',
    'In logs, in conditions of a KeySet, and as labels of metrics. None of them widens or removes trust.',
    '## Key Vault',
    faults(VAULT_ERROR_CODES, VAULT_MEANINGS),
    '## Service Bus',
    faults(BUS_ERROR_CODES, BUS_MEANINGS),
    '## Queue',
    faults(QUEUE_ERROR_CODES, QUEUE_MEANINGS),
    '## Events',
    'A message with one of these is dead-lettered with the code as its reason; a delivery to the events endpoint is answered 400, and so is not sent again. Nothing is lost by it: the sweep finds what it may have meant.',
    faults(EVENT_CODES, EVENT_MEANINGS),
    '## Tokens of the events endpoint',
    'A request with one of these is answered 401 (`TOKEN_ROLE`: 403, `TOKEN_KEYS_UNAVAILABLE`: 503) and not read any further.',
    faults(TOKEN_CODES, TOKEN_MEANINGS),
    '## API server',
    faults(KUBE_ERROR_CODES, KUBE_MEANINGS),
  ]);
}

function configurationPage(): string {
  return page([
    '# Configuration',
    NOTICE,
    'Both programs are configured by environment variables alone. An empty variable counts as absent; all problems are reported together, and the program does not start with one. The variables for registries hold for `keyward explain` and the other commands that read registries, too; those take what `docker login` left behind where nothing else is said, and reach loopback.',
    '## `keyward webhook`',
    variables(WEBHOOK_CONFIG),
    '## `keyward worker`',
    variables(WORKER_CONFIG),
  ]);
}

function variables(shape: ConfigShape): string {
  return table(
    ['variable', 'default', 'what'],
    Object.entries(shape).map(([name, schema]) => [
      `\`${name}\``,
      defaultOf(schema),
      sentence(schema.description ?? ''),
    ]),
  );
}

/** What the schema makes of an absent variable. */
function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) return 'required';
  const value = parsed.data;
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  if (Array.isArray(value)) return `\`${value.join(',')}\``;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function faults<Code extends string>(
  codes: readonly Code[],
  meanings: Readonly<Record<Code, readonly [string, string]>>,
): string {
  return table(
    ['code', 'what', 'what to do'],
    codes.map((code) => [`\`${code}\``, ...meanings[code]]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function sentence(text: string): string {
  if (text === '') return '';
  const first = text.startsWith('keyward') ? 'k' : text.charAt(0).toUpperCase();
  return `${first}${text.slice(1)}.`;
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
