/** References, key references and scopes: one line of text each. */
import { isDeepStrictEqual } from 'node:util';
import { formatReference, parseImageReference } from '../../../core/image/reference.ts';
import { parseKeyUri } from '../../../core/keys/key-uri.ts';
import {
  coveringScope,
  EVERY_IMAGE,
  findScopeProblem,
  isScope,
  matchesScope,
} from '../../../core/policy/scope.ts';
import { DIGEST } from '../../support/signatures.ts';
import { promise, type Target } from '../target.ts';

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const seedsOf =
  (...texts: readonly string[]) =>
  () =>
    texts.map((text) => Buffer.from(text));

const reference: Target = {
  name: 'reference',
  seeds: seedsOf(
    `contoso.azurecr.io/team/app:v1@${DIGEST}`,
    `contoso.azurecr.io/team/app@${DIGEST}`,
    'localhost:5000/a/b:latest',
    'nginx',
    `nginx@sha512:${'a'.repeat(128)}`,
    'index.docker.io/library/nginx:1',
  ),
  run: (bytes) => {
    const parsed = parseImageReference(textOf(bytes));
    if (!parsed.ok) return parsed.code;
    const { ref } = parsed;
    const again = parseImageReference(formatReference(ref));
    promise(isDeepStrictEqual(again, parsed), 'a reference has one canonical spelling');
    const place = `${ref.registry}/${ref.repository}`;
    promise(/^[a-z0-9.:/_-]+$/.test(place), 'its name is plain lower case');
    promise(
      !place.split('/').some((part) => part === '' || part === '.' || part === '..'),
      'no path steps up',
    );
    promise(ref.tag !== undefined || ref.digest !== undefined, 'it names something');
    promise(
      ref.digest === undefined || /^sha256:[0-9a-f]{64}$/.test(ref.digest),
      'digests are SHA-256',
    );
    return ref.digest === undefined ? 'tag' : 'digest';
  },
};

const keyUri: Target = {
  name: 'key-uri',
  seeds: seedsOf(
    'azurekms://contoso.vault.azure.net/cosign-key',
    'azurekms://contoso.vault.azure.net/cosign-key/0ff373a9259c4578a247cfd7861a8805',
    'azurekms://Contoso.managedhsm.azure.net/K/',
  ),
  run: (bytes) => {
    const text = textOf(bytes);
    const parsed = parseKeyUri(text);
    if (!parsed.ok) {
      promise(parsed.detail.length < 300, 'a refusal is one short line');
      return 'refused';
    }
    const { vaultUri, name, version } = parsed;
    const url = new URL(vaultUri);
    promise(
      url.origin === vaultUri && url.protocol === 'https:',
      'a vault is an origin and no more',
    );
    const written = `azurekms://${url.host}/${name}${version === undefined ? '' : `/${version}`}`;
    promise(isDeepStrictEqual(parseKeyUri(written), parsed), 'a key has one spelling');
    promise(/^[a-z0-9-]+$/.test(name), 'a name needs no escape in a path');
    return version === undefined ? 'key' : 'version';
  },
};

/** The first line is a scope, the second a repository. */
const scope: Target = {
  name: 'scope',
  seeds: seedsOf(
    'contoso.azurecr.io/*\ncontoso.azurecr.io/team/app',
    '*\nnginx',
    `contoso.azurecr.io/app@${DIGEST}\ncontoso.azurecr.io/app`,
    'contoso.azurecr.io/app\ncontoso.azurecr.io/app',
    'Contoso.azurecr.io/te?m/*, other/*\ncontoso.azurecr.io/team/app',
  ),
  run: (bytes) => {
    const [given = '', repository = ''] = textOf(bytes).split('\n');
    const isMatch = matchesScope(given, repository, DIGEST);
    const covering = coveringScope(given);
    promise(!isScope(given) || covering === given, 'a sound scope covers itself');
    const meant = given.trim().toLowerCase();
    promise(matchesScope(covering, meant, DIGEST), 'what a scope spells out, its cover covers');
    if (isMatch && isScope(given))
      promise(matchesScope(covering, repository, DIGEST), 'what a scope matches, its cover does');
    if (isMatch && given !== EVERY_IMAGE) {
      const prefix = given.replace(/\*$/, '');
      promise(`${repository}@${DIGEST}`.startsWith(prefix), 'a scope is anchored at its start');
    }
    const problem = findScopeProblem([[given]]);
    promise((problem === undefined) === isScope(given), 'a malformed scope is a problem');
    return `${isScope(given) ? 'sound' : 'malformed'} ${isMatch ? 'match' : 'none'}`;
  },
};

export const NAMES: readonly Target[] = [reference, keyUri, scope];
