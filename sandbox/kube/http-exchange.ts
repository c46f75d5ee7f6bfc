/** Reading request bodies and writing answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { decodeProtobuf, PROTOBUF_TYPE } from './protobuf.ts';
import { badRequest, tooLarge, unsupportedMediaType, type StatusBody } from './status-errors.ts';

/** What a real API server reads from one request (etcd's own limit is smaller). */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read on without keeping: a client that is still writing would otherwise see a reset, not the 413.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  return Buffer.concat(chunks);
}

function decodeBody(text: string, isYaml: boolean): unknown {
  try {
    return isYaml ? parseYaml(text, { maxAliasCount: 0 }) : JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized: ${error instanceof Error ? error.message : 'malformed'}`,
    );
  }
}

/** @returns undefined for an empty body. @throws StatusError 400, 413 or 415 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  if (type === PROTOBUF_TYPE) return decodeProtobuf(bytes);
  const isYaml = type === 'application/yaml' || type.endsWith('+yaml');
  if (!isYaml && type !== 'application/json' && !type.endsWith('+json')) {
    throw unsupportedMediaType(['application/json', 'application/yaml']);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('the object provided is not UTF-8');
  }
  return decodeBody(text, isYaml);
}

/** RFC 9110 section 5.5: no control characters in a field value. */
function toHeaderText(text: string): string {
  const printable = text.replaceAll(/[^\u0020-\u007E]/g, ' ');
  return printable.replaceAll(/["\\]/g, String.raw`\$&`);
}

export interface WriteOptions {
  readonly warnings?: readonly string[];
  readonly contentType?: string;
}

export function writeJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  { warnings = [], contentType = 'application/json' }: WriteOptions = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(body);
  response.statusCode = code;
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(text));
  if (warnings.length > 0) {
    // The warn-code and agent that k8s.io/apiserver sends (RFC 7234 section 5.5).
    response.setHeader(
      'warning',
      [...new Set(warnings)].map((text) => `299 - "${toHeaderText(text)}"`),
    );
  }
  response.end(text);
}

export function writeStatus(
  response: ServerResponse,
  body: StatusBody,
  warnings: readonly string[],
): void {
  const retryAfter = body.details?.retryAfterSeconds;
  if (retryAfter !== undefined && !response.headersSent) {
    response.setHeader('retry-after', String(retryAfter));
  }
  writeJson(response, body.code, body, { warnings });
}

export function writeText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
