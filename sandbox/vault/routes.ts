import { z } from 'zod';
import { answerJson, type StandInRequest, type StandInResponse } from '../entra/serve-tls.ts';
import {
  answerBadParameter,
  answerError,
  answerKeyNotFound,
  answerNotAllowed,
  describeDeleted,
  describeItem,
  describeKey,
} from './answers.ts';
import { SIGNATURE_ALGORITHMS, type KeySpec } from './key-material.ts';
import type { KeyAttributes, StoredKey, StoredVersion } from './key-store.ts';
import type { VaultRoom } from './vault-room.ts';

const attributesSchema = z.object({
  enabled: z.boolean().optional(),
  nbf: z.int().nullish(),
  exp: z.int().nullish(),
});
const createSchema = z.object({
  kty: z.enum(['RSA', 'EC', 'RSA-HSM', 'EC-HSM']),
  key_size: z.literal([2048, 3072, 4096]).nullish(),
  crv: z.enum(['P-256', 'P-384', 'P-521']).nullish(),
  attributes: attributesSchema.nullish(),
});
const updateSchema = z.object({ attributes: attributesSchema.nullish() });
const signSchema = z.object({ alg: z.enum(SIGNATURE_ALGORITHMS), value: z.string() });

const PAGE_SIZE = 25;
const KEY_NAME = /^[0-9A-Za-z-]{1,127}$/u;

interface Call {
  readonly request: StandInRequest;
  readonly room: VaultRoom;
  readonly base: string;
  readonly name: string;
}

/** What Key Vault answers to an authenticated request. */
export function answerRequest(request: StandInRequest, room: VaultRoom): StandInResponse {
  // The JavaScript SDK writes `api%2Dversion`, everybody else `api-version`: both are the same parameter.
  if (!request.url.searchParams.has('api-version')) {
    return answerBadParameter('api-version must be specified');
  }
  const [collection, name = '', third = '', fourth = ''] = request.url.pathname.split('/').slice(1);
  if (!KEY_NAME.test(name)) return answerBadParameter('The request URI contains an invalid name');
  const call = { request, room, base: `https://${request.host}`, name };
  if (collection === 'deletedkeys') return answerDeleted(call, third);
  return collection === 'keys'
    ? answerKeys(call, third, fourth)
    : answerBadParameter('unknown collection');
}

function answerKeys(call: Call, third: string, fourth: string): StandInResponse {
  switch (`${call.request.method} ${fourth === '' ? third : fourth}`) {
    case 'GET versions':
      return list(call);
    case 'POST create':
      return create(call);
    case 'POST rotate':
      return rotate(call);
    case 'POST sign':
      // Without a version: the latest, as cosign asks for it.
      return sign(call, fourth === '' ? '' : third);
    case 'DELETE ':
      return remove(call);
  }
  if (call.request.method === 'GET' && fourth === '') return read(call, third);
  if (call.request.method === 'PATCH' && fourth === '') return update(call, third);
  return answerUnknown();
}

function answerUnknown(): StandInResponse {
  return answerError(405, { code: 'MethodNotAllowed', message: 'not offered by the sandbox' });
}

/** An empty version means the latest, enabled or not: Azure never falls back to an older one. */
function findVersion(
  { room, name }: Call,
  version: string,
): { key: StoredKey; version: StoredVersion } | undefined {
  const key = room.store.find(name);
  const found =
    version === ''
      ? key?.versions.at(-1)
      : key?.versions.find((candidate) => candidate.version === version.toLowerCase());
  return key === undefined || found === undefined ? undefined : { key, version: found };
}

function read(call: Call, version: string): StandInResponse {
  call.room.count('reads');
  const found = findVersion(call, version);
  if (found === undefined) return answerKeyNotFound(call.name);
  if (!found.version.attributes.enabled) {
    if (call.room.disabledAs === '404') return answerKeyNotFound(call.name);
    if (call.room.disabledAs === '403') return answerNotAllowed('get', 'KeyDisabled');
  }
  return answerJson(200, describeKey(call.base, found.key, found.version));
}

function list(call: Call): StandInResponse {
  call.room.count('lists');
  const key = call.room.store.find(call.name);
  if (key === undefined) {
    return call.room.absentListAs === 'empty'
      ? answerJson(200, { value: [], nextLink: null })
      : answerKeyNotFound(call.name);
  }
  const { searchParams } = call.request.url;
  const cursor = searchParams.get('$skiptoken') ?? '';
  const size = Math.min(Number(searchParams.get('maxresults') ?? PAGE_SIZE), PAGE_SIZE);
  if (!(size >= 1)) return answerBadParameter('maxresults must be between 1 and 25');
  // Azure documents no order. Versions are random, so this one says nothing about age, and holds across pages.
  const rest = key.versions
    .filter(({ version, hidden }) => !hidden && version > cursor)
    .sort((first, second) => (first.version < second.version ? -1 : 1));
  const page = rest.slice(0, size);
  const query = new URLSearchParams({
    'api-version': searchParams.get('api-version') ?? '',
    $skiptoken: page.at(-1)?.version ?? '',
    maxresults: String(size),
  });
  const next = `${call.base}/keys/${key.name}/versions?${query.toString()}`;
  return answerJson(200, {
    value: page.map((version) => describeItem(call.base, key, version)),
    nextLink: rest.length > page.length ? (call.room.nextLink?.(next) ?? next) : null,
  });
}

function create(call: Call): StandInResponse {
  const body = parseBody(call, createSchema);
  if (body === undefined) return answerBadParameter('the key cannot be created as described');
  if (call.room.store.findDeleted(call.name) !== undefined) {
    const message = `Key ${call.name} is currently in a deleted but recoverable state, and its name cannot be reused.`;
    const inner = 'ObjectIsDeletedButRecoverable';
    return answerError(409, { code: 'Conflict', message, inner });
  }
  const spec: KeySpec = body.kty.startsWith('RSA')
    ? { kty: 'RSA', size: body.key_size ?? 2048 }
    : { kty: 'EC', curve: body.crv ?? 'P-256' };
  const added = call.room.add({ name: call.name, spec, attributes: readChange(body.attributes) });
  return answerJson(200, describeKey(call.base, added.key, added.version));
}

function rotate(call: Call): StandInResponse {
  const key = call.room.store.find(call.name);
  if (key === undefined) return answerKeyNotFound(call.name);
  const added = call.room.add({ name: key.name, spec: key.spec });
  return answerJson(200, describeKey(call.base, added.key, added.version));
}

function update(call: Call, version: string): StandInResponse {
  const body = parseBody(call, updateSchema);
  if (body === undefined) return answerBadParameter('the attributes cannot be read');
  const found = findVersion(call, version);
  if (found === undefined) return answerKeyNotFound(call.name);
  call.room.store.update(found.version, readChange(body.attributes));
  return answerJson(200, describeKey(call.base, found.key, found.version));
}

function sign(call: Call, version: string): StandInResponse {
  call.room.count('signs');
  const body = parseBody(call, signSchema);
  if (body === undefined) return answerBadParameter('the algorithm or digest cannot be read');
  const found = findVersion(call, version);
  if (found === undefined) return answerKeyNotFound(call.name);
  const signed = call.room.sign(found.version, body.alg, Buffer.from(body.value, 'base64url'));
  if (signed.kind === 'refused') return answerNotAllowed('sign', signed.inner);
  if (signed.kind === 'mismatch') return answerBadParameter(signed.detail);
  const kid = `${call.base}/keys/${found.key.name}/${found.version.version}`;
  return answerJson(200, { kid, value: signed.signature.toString('base64url') });
}

function remove(call: Call): StandInResponse {
  const key = call.room.store.delete(call.name);
  const latest = key?.versions.at(-1);
  if (key === undefined || latest === undefined) return answerKeyNotFound(call.name);
  return answerJson(200, describeDeleted(call.base, key, latest));
}

function answerDeleted(call: Call, action: string): StandInResponse {
  const { store } = call.room;
  const deleted = store.findDeleted(call.name);
  const latest = deleted?.versions.at(-1);
  if (deleted === undefined || latest === undefined) return answerKeyNotFound(call.name);
  switch (`${call.request.method} ${action}`) {
    case 'GET ':
      return answerJson(200, describeDeleted(call.base, deleted, latest));
    case 'DELETE ':
      store.purge(call.name);
      return { kind: 'answer', status: 204, body: '' };
    case 'POST recover':
      store.recover(call.name);
      return answerJson(200, describeKey(call.base, deleted, latest));
  }
  return answerUnknown();
}

function parseBody<Output>({ request }: Call, schema: z.ZodType<Output>): Output | undefined {
  try {
    return schema.safeParse(JSON.parse(request.body)).data;
  } catch {
    return undefined;
  }
}

/** Only what was named changes; null takes a date away. */
function readChange(
  attributes: z.infer<typeof attributesSchema> | null | undefined,
): Partial<KeyAttributes> {
  const { enabled, nbf, exp } = attributes ?? {};
  return {
    ...(enabled === undefined ? {} : { enabled }),
    ...(nbf === undefined ? {} : { nbf: nbf ?? undefined }),
    ...(exp === undefined ? {} : { exp: exp ?? undefined }),
  };
}
