import { Buffer } from 'node:buffer';
import { mutateBytes } from './mutate-bytes.ts';
import type { Random } from './random.ts';

const PEM = /-----BEGIN ([A-Z ]+)-----\n([A-Za-z0-9+/=\n]+)-----END/;

/** Edits of the bytes inside a PEM block, which edits of its text hardly ever reach; undefined where there is none. */
export function mutatePem(bytes: Buffer, random: Random): Buffer | undefined {
  const [, type, body] = PEM.exec(bytes.toString('latin1')) ?? [];
  if (type === undefined || body === undefined) return undefined;
  const der = Buffer.from(body, 'base64');
  const text = mutateBytes(der, random, der).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return Buffer.from(`-----BEGIN ${type}-----\n${text}\n-----END ${type}-----\n`);
}
