import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  outputFormat,
  parseKeyTarget,
  parseOptions,
  UsageProblem,
} from '../../../cli/command-input.ts';
import { revocationName } from '../../../cli/commands/revoke.ts';

const VERSION = '3f9a0000000000000000000000000001';
const FINGERPRINT = `sha256:${'a1'.repeat(32)}`;

describe("a command's options", () => {
  const schema = z.object({ timeout: z.coerce.number().positive(), output: outputFormat });

  it('are taken as their schema has them', () => {
    expect(parseOptions(schema, { timeout: '10', output: 'json' })).toEqual({
      timeout: 10,
      output: 'json',
    });
  });

  it('that are wrong are told all together, as a mistake of the person who typed them', () => {
    const wrong = () => parseOptions(schema, { timeout: 'soon', output: 'yaml' });
    expect(wrong).toThrow(UsageProblem);
    expect(wrong).toThrow(/timeout[\s\S]*output/u);
  });
});

describe('a key target', () => {
  it('is a version of a key in a vault, in its one spelling', () => {
    const text = `azurekms://Contoso.Vault.Azure.Net/Cosign-Key/${VERSION.toUpperCase()}`;
    expect(parseKeyTarget(text)).toEqual({
      kind: 'version',
      uri: `azurekms://contoso.vault.azure.net/cosign-key/${VERSION}`,
      vaultUri: 'https://contoso.vault.azure.net',
      name: 'cosign-key',
      version: VERSION,
    });
  });

  it('is a fingerprint', () => {
    expect(parseKeyTarget(FINGERPRINT)).toEqual({ kind: 'fingerprint', fingerprint: FINGERPRINT });
  });

  it.each(['', '/'])('without a version would name a moving target and is refused (%j)', (end) => {
    const parse = () => parseKeyTarget(`azurekms://contoso.vault.azure.net/cosign-key${end}`);
    expect(parse).toThrow(UsageProblem);
    expect(parse).toThrow(/names no version/u);
  });

  it.each([
    '',
    'cosign-key',
    VERSION,
    `https://contoso.vault.azure.net/keys/cosign-key/${VERSION}`,
    `azurekms://contoso.vault.azure.net:8443/cosign-key/${VERSION}`,
    `azurekms://user@contoso.vault.azure.net/cosign-key/${VERSION}`,
    `azurekms://contoso/cosign-key/${VERSION}`,
    `azurekms://contoso.vault.azure.net/cosign-key/${VERSION}/more`,
    `azurekms://contoso.vault.azure.net/cosign key/${VERSION}`,
    FINGERPRINT.toUpperCase(),
    FINGERPRINT.slice(0, -1),
    `${FINGERPRINT}\n`,
    `sha512:${'a1'.repeat(64)}`,
  ])('in any other words is refused, with those to use: %j', (text) => {
    const parse = () => parseKeyTarget(text);
    expect(parse).toThrow(UsageProblem);
    expect(parse).toThrow(/Give azurekms:\/\/VAULT-HOST\/NAME\/VERSION or sha256:FINGERPRINT/u);
  });
});

describe('the name of a revocation', () => {
  // RFC 1123, as Kubernetes asks of the name of an object.
  const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u;
  const nameOf = (text: string) => revocationName(parseKeyTarget(text));
  const uri = (name: string, version = VERSION, host = 'contoso.vault.azure.net') =>
    `azurekms://${host}/${name}/${version}`;

  it('is the same for the same target, so that revoking twice finds the first', () => {
    expect(nameOf(uri('cosign-key'))).toBe(nameOf(uri('Cosign-KEY')));
    expect(nameOf(uri('cosign-key'))).toMatch(/^cosign-key-3f9a0000-[0-9a-f]{12}$/u);
    expect(nameOf(FINGERPRINT)).toMatch(/^key-[0-9a-f]{12}$/u);
  });

  it('is another for another', () => {
    const texts = [
      uri('cosign-key'),
      uri('cosign-key2'),
      uri('cosign-key', `${VERSION.slice(0, -1)}2`),
      uri('cosign-key', VERSION, 'fabrikam.vault.azure.net'),
      FINGERPRINT,
      `sha256:${'b2'.repeat(32)}`,
    ];
    expect(new Set(texts.map(nameOf)).size).toBe(texts.length);
  });

  it.each(['-', '-key', 'key-', '0', 'a'.repeat(127), `-${'a'.repeat(126)}`])(
    'is one that Kubernetes takes, whatever Key Vault allows: %s',
    (name) => {
      for (const version of [VERSION, '0', 'a'.repeat(64)]) {
        expect(nameOf(uri(name, version))).toMatch(NAME);
        expect(nameOf(uri(name, version)).length).toBeLessThanOrEqual(253);
      }
    },
  );
});
