import { answerJson, type StandInResponse } from '../entra/serve-tls.ts';
import type { StoredKey, StoredVersion } from './key-store.ts';

/** Azure's error body, with its inner code where Azure gives one. */
export function answerError(
  status: number,
  error: { readonly code: string; readonly message: string; readonly inner?: string },
  headers: Readonly<Record<string, string>> = {},
): StandInResponse {
  const { code, message, inner } = error;
  const innererror = inner === undefined ? {} : { innererror: { code: inner } };
  return answerJson(status, { error: { code, message, ...innererror } }, headers);
}

export function answerKeyNotFound(name: string): StandInResponse {
  return answerError(404, {
    code: 'KeyNotFound',
    message: `A key with (name/id) ${name} was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
  });
}

export function answerForbidden(inner: string): StandInResponse {
  return answerError(403, {
    code: 'Forbidden',
    message: 'Caller is not authorized to perform action on resource.',
    inner,
  });
}

export function answerNotAllowed(operation: string, inner: string): StandInResponse {
  const why = { KeyDisabled: 'a disabled', KeyExpired: 'an expired' }[inner] ?? 'a not yet valid';
  const message = `Operation ${operation} is not allowed on ${why} key.`;
  return answerError(403, { code: 'Forbidden', message, inner });
}

export function answerBadParameter(message: string): StandInResponse {
  return answerError(400, { code: 'BadParameter', message });
}

/** `base` is `https://<vault host as the client called it>`. */
export function describeKey(base: string, key: StoredKey, version: StoredVersion): object {
  const { kty, crv, n, e, x, y } = version.material.publicJwk;
  const kid = `${base}/keys/${key.name}/${version.version}`;
  return {
    key: { kid, kty, key_ops: ['sign', 'verify'], crv, n, e, x, y },
    attributes: describeAttributes(version),
    tags: {},
  };
}

export function describeItem(base: string, key: StoredKey, version: StoredVersion): object {
  const kid = `${base}/keys/${key.name}/${version.version}`;
  return { kid, attributes: describeAttributes(version), tags: {} };
}

function describeAttributes(version: StoredVersion): object {
  return {
    enabled: version.attributes.enabled,
    nbf: version.attributes.nbf,
    exp: version.attributes.exp,
    created: version.created,
    updated: version.updated,
    recoveryLevel: 'Recoverable+Purgeable',
    recoverableDays: 90,
    exportable: false,
    hsmPlatform: '0',
  };
}

export function describeDeleted(base: string, key: StoredKey, version: StoredVersion): object {
  const deletedDate = key.deletedAt ?? 0;
  return {
    ...describeKey(base, key, version),
    recoveryId: `${base}/deletedkeys/${key.name}`,
    deletedDate,
    scheduledPurgeDate: deletedDate + 90 * 24 * 3600,
  };
}
