import { describe, expect, it } from '@jest/globals';
import {
  formatReference,
  formatRepository,
  parseImageReference,
} from '../../../../core/image/reference.ts';
import { DIGEST, HEX } from '../../../support/signatures.ts';

const label = 'a'.repeat(63);
/** All that the grammar allows: a name of 255, a tag of 128 and a digest. */
const longest = `a.b/${'x'.repeat(251)}:${'t'.repeat(128)}@${DIGEST}`;

describe('an image reference is read as a container runtime reads it', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['team/app', 'docker.io/team/app:latest'],
    // Only exactly 64 hex digits are an image id.
    [`${HEX}0`, `docker.io/library/${HEX}0:latest`],
    [`0x${HEX}`, `docker.io/library/0x${HEX}:latest`],
    [`team/${HEX}`, `docker.io/team/${HEX}:latest`],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/team/app:v1', 'docker.io/team/app:v1'],
    ['contoso.azurecr.io/team/app', 'contoso.azurecr.io/team/app:latest'],
    ['contoso.azurecr.io/app:V1_x-y.z', 'contoso.azurecr.io/app:V1_x-y.z'],
    ['contoso.azurecr.io/a/b/c/d', 'contoso.azurecr.io/a/b/c/d:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    // Without a slash, what looks like a port is a tag, as for every runtime.
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['127.0.0.1:5000/app:v1', '127.0.0.1:5000/app:v1'],
    ['registry:80/app', 'registry:80/app:latest'],
    ['registry:65535/app', 'registry:65535/app:latest'],
    ['xn--bcher-kva.example/app', 'xn--bcher-kva.example/app:latest'],
    ['a.b/x.y_z__w-v--u/0', 'a.b/x.y_z__w-v--u/0:latest'],
    [`a.b/x@${DIGEST}`, `a.b/x@${DIGEST}`],
    [`a.b:5000/x:v1@${DIGEST}`, `a.b:5000/x:v1@${DIGEST}`],
    [`${label}.example/app:${'t'.repeat(128)}`, `${label}.example/app:${'t'.repeat(128)}`],
    [`a.${label}/x`, `a.${label}/x:latest`],
    [longest, longest],
    [`a.b/${'x'.repeat(251)}`, `a.b/${'x'.repeat(251)}:latest`],
  ])('%s', (text, canonical) => {
    const parsed = parseImageReference(text);
    expect(parsed.ok && formatReference(parsed.ref)).toBe(canonical);
  });

  it('a digest wins: it stands beside its tag and replaces a missing one (A142)', () => {
    expect(parseImageReference(`a.b/x:v1@${DIGEST}`)).toEqual({
      ok: true,
      ref: { registry: 'a.b', repository: 'x', tag: 'v1', digest: DIGEST },
    });
    expect(parseImageReference(`a.b/x@${DIGEST}`)).toEqual({
      ok: true,
      ref: { registry: 'a.b', repository: 'x', digest: DIGEST },
    });
  });

  it('policies and evidence go by registry and repository alone, in one spelling (B-11)', () => {
    const names = ['nginx', 'docker.io/nginx:v1', `index.docker.io/library/nginx@${DIGEST}`].map(
      (text) => {
        const parsed = parseImageReference(text);
        return parsed.ok && formatRepository(parsed.ref);
      },
    );
    expect(new Set(names)).toEqual(new Set(['docker.io/library/nginx']));
  });
});

describe('a reference that is not canonical is refused (A143)', () => {
  it.each([
    ['nothing', ''],
    ['a tag alone', ':v1'],
    ['a digest alone', `@${DIGEST}`],
    ['a registry alone', 'contoso.azurecr.io/'],
    ['no registry before the slash', '/app'],
    ['an image id', HEX],
    ['an upper-case registry', 'Contoso.azurecr.io/app'],
    ['an upper-case name', 'contoso.azurecr.io/App'],
    ['an upper-case name that looks like a host', 'Team/app'],
    ['an upper-case name on Docker Hub', 'team/App'],
    ['two tags', 'a.b/x:v1:v2'],
    ['user info', 'user@contoso.azurecr.io/app'],
    ['user info with a password', 'user:pass@contoso.azurecr.io/app'],
    ['a scheme', 'https://contoso.azurecr.io/app'],
    ['a trailing dot', 'contoso.azurecr.io./app'],
    ['a leading dot', '.azurecr.io/app'],
    ['a label that is too long', `${label}a.example/app`],
    ['a later label that is too long', `contoso.${label}a/app`],
    ['a label that ends in a hyphen', 'contoso-.example/app'],
    ['a label that begins with a hyphen', '-contoso.example/app'],
    ['an underscore in the host', 'con_toso.example/app'],
    ['a host beyond ASCII', 'contosö.example/app'],
    ['a full-width dot in the host', 'contoso．azurecr.io/app'],
    ['an IPv6 address', '[::1]:5000/app'],
    ['an IPv6 address without port', '[::1]/app'],
    ['an address without brackets', '::1/app'],
    ['a closing bracket', 'a].b/app'],
    ['two ports', 'a.b:1:2/app'],
    ['an empty port', 'a.b:/app'],
    ['a port with a leading zero', 'a.b:0443/app'],
    ['port 0', 'a.b:0/app'],
    ['a port beyond 65535', 'a.b:65536/app'],
    ['a port that is no number', 'a.b:5k/app'],
    ['the default port written out', 'contoso.azurecr.io:443/app'],
    ['a parent folder', 'contoso.azurecr.io/../app'],
    ['a parent folder at the end', 'contoso.azurecr.io/team/..'],
    ['an empty component', 'contoso.azurecr.io//app'],
    ['a trailing slash', 'contoso.azurecr.io/app/'],
    ['a leading separator', 'contoso.azurecr.io/-app'],
    ['a trailing separator', 'contoso.azurecr.io/app.'],
    ['two dots', 'contoso.azurecr.io/a..b'],
    ['three underscores', 'contoso.azurecr.io/a___b'],
    ['mixed separators', 'contoso.azurecr.io/a.-b'],
    ['percent-encoding', 'contoso.azurecr.io/a%2fb'],
    ['a backslash', String.raw`contoso.azurecr.io\app`],
    ['a blank before', ' nginx'],
    ['a blank after', 'nginx '],
    ['a line break after', 'nginx:v1\n'],
    ['a NUL', 'nginx\0'],
    ['a letter beyond ASCII', 'nginẍ'],
    ['a homoglyph', 'nginх'],
    ['an empty tag', 'nginx:'],
    ['a tag that begins with a dot', 'nginx:.v1'],
    ['a tag that begins with a hyphen', 'nginx:-v1'],
    ['a tag that is too long', `nginx:${'t'.repeat(129)}`],
    ['a tag beyond ASCII', 'nginx:vé'],
    ['a tag with a plus sign', 'nginx:v1+2'],
    ['an empty digest', 'nginx@'],
    ['a digest in upper case (A102)', `nginx@sha256:${HEX.toUpperCase()}`],
    ['a digest of 63 digits (A102)', `nginx@sha256:${HEX.slice(1)}`],
    ['a digest of 65 digits (A102)', `nginx@sha256:${HEX}0`],
    ['a digest that is no hex', `nginx@sha256:${'g'.repeat(64)}`],
    ['an upper-case algorithm', `nginx@SHA256:${HEX}`],
    ['a short digest of another algorithm', 'nginx@md5:abc'],
    ['a digest of another algorithm, a digit too short', `nginx@md5:${'a'.repeat(31)}`],
    ['text after a digest of another algorithm', `nginx@md5:${'a'.repeat(32)}!`],
    ['two digests', `nginx@${DIGEST}@${DIGEST}`],
    ['a tag after the digest', `nginx@${DIGEST}:v1`],
    ['a name that is too long', `a.b/${'x'.repeat(252)}`],
    ['a name that is too long with its library', 'x'.repeat(238)],
    ['a text that is too long', 'x'.repeat(100_000)],
  ])('%s', (_, text) => {
    const parsed = parseImageReference(text);
    expect(parsed).toMatchObject({ ok: false, code: 'REF_INVALID' });
    expect(!parsed.ok && parsed.detail.length).toBeLessThan(250);
  });

  it.each(['', ':v1', `@${DIGEST}`])('%j names no image at all, and says so (A14)', (text) => {
    expect(parseImageReference(text)).toMatchObject({
      ok: false,
      code: 'REF_INVALID',
      detail: expect.stringMatching(/ names no image$/u) as unknown,
    });
  });

  it.each([
    `sha512:${HEX}${HEX}`,
    `md5:${'a'.repeat(32)}`,
    `sha384:${'a'.repeat(96)}`,
    `multihash+base58:${'Q'.repeat(46)}`,
  ])('a digest of another algorithm has a reason of its own: %s (A102)', (digest) => {
    expect(parseImageReference(`nginx@${digest}`)).toMatchObject({
      ok: false,
      code: 'DIGEST_UNSUPPORTED',
    });
  });

  it('also in the longest reference', () => {
    const text = longest.replace(DIGEST, `sha512:${HEX}${HEX}`);
    expect(parseImageReference(text)).toMatchObject({ ok: false, code: 'DIGEST_UNSUPPORTED' });
  });

  it('and the sentence says what to change', () => {
    const detailOf = (text: string) => {
      const parsed = parseImageReference(text);
      return parsed.ok ? '' : parsed.detail;
    };
    expect(detailOf('Contoso.azurecr.io/app')).toBe(
      '"Contoso.azurecr.io/app" has upper-case letters in its registry: write them in lower case',
    );
    expect(detailOf('a.b/App')).toContain('has upper-case letters in its name');
    expect(detailOf('a.b:443/app')).toContain('writes out the default port 443: leave it out');
    expect(detailOf(HEX)).toContain('is an image id, not a name');
  });
});
