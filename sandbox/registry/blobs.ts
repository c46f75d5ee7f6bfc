import { randomUUID } from 'node:crypto';
import { fail, type Answer, type Exchange } from './exchange.ts';
import { digestOf, type Storage } from './storage.ts';

export function answerBlob(
  storage: Storage,
  exchange: Exchange,
  name: string,
  digest: string,
): Answer {
  const blobs = storage.find(name)?.blobs;
  const blob = blobs?.get(digest);
  if (blobs === undefined || blob === undefined) return fail(404, 'BLOB_UNKNOWN', 'blob unknown');
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return {
        status: 200,
        headers: { 'content-type': 'application/octet-stream', 'docker-content-digest': digest },
        body: blob,
      };
    case 'DELETE':
      blobs.delete(digest);
      return { status: 202 };
    default:
      return fail(405, 'UNSUPPORTED', 'method not allowed');
  }
}

/** Uploads of the distribution specification: monolithic POST, POST then PUT, chunked PATCH, and cross-repository mount. */
export function answerUpload(
  storage: Storage,
  exchange: Exchange,
  name: string,
  id: string,
): Answer {
  if (id === '') return startUpload(storage, exchange, name);
  const chunks = storage.uploads.get(id);
  if (chunks === undefined) return fail(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown');
  switch (exchange.method) {
    case 'PATCH':
      chunks.push(exchange.body);
      return describeUpload(name, id, chunks, 202);
    case 'GET':
      return describeUpload(name, id, chunks, 204);
    case 'PUT': {
      storage.uploads.delete(id);
      const blob = Buffer.concat([...chunks, exchange.body]);
      return storeBlob(storage, name, exchange.query.get('digest') ?? '', blob);
    }
    case 'DELETE':
      storage.uploads.delete(id);
      return { status: 204 };
    default:
      return fail(405, 'UNSUPPORTED', 'method not allowed');
  }
}

function startUpload(storage: Storage, exchange: Exchange, name: string): Answer {
  if (exchange.method !== 'POST') return fail(405, 'UNSUPPORTED', 'method not allowed');
  const mount = exchange.query.get('mount');
  const mounted = mount === null ? undefined : findMounted(storage, exchange, mount);
  if (mount !== null && mounted !== undefined) return storeBlob(storage, name, mount, mounted);
  const digest = exchange.query.get('digest');
  if (digest !== null) return storeBlob(storage, name, digest, exchange.body);
  const id = randomUUID();
  const chunks: Buffer[] = [];
  storage.uploads.set(id, chunks);
  return describeUpload(name, id, chunks, 202);
}

function findMounted(storage: Storage, exchange: Exchange, mount: string): Buffer | undefined {
  const from = exchange.query.get('from');
  return from === null ? undefined : storage.find(from)?.blobs.get(mount);
}

function storeBlob(storage: Storage, name: string, digest: string, blob: Buffer): Answer {
  if (digest !== digestOf(blob)) {
    return fail(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  storage.open(name).blobs.set(digest, blob);
  return {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
  };
}

function describeUpload(
  name: string,
  id: string,
  chunks: readonly Buffer[],
  status: number,
): Answer {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    status,
    headers: {
      location: `/v2/${name}/blobs/uploads/${id}`,
      'docker-upload-uuid': id,
      range: `0-${Math.max(length - 1, 0)}`,
    },
  };
}
