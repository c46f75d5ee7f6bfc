import { describe, expect, it } from '@jest/globals';
import {
  createProxyRule,
  type ProxySettings,
} from '../../../../../platform/registry/network/proxy.ts';

const HTTPS = 'http://proxy.corp:3128/';
const HTTP = 'http://plain.corp:3129/';

function find(settings: ProxySettings, url: string): string | undefined {
  return createProxyRule(settings)(new URL(url));
}

describe('the proxy for an address', () => {
  it('is none without settings', () => {
    expect(find({}, 'https://contoso.azurecr.io/')).toBeUndefined();
    expect(find({ https: '', http: '' }, 'https://contoso.azurecr.io/')).toBeUndefined();
  });

  it('is that of its scheme, and never the other one', () => {
    expect(find({ https: HTTPS, http: HTTP }, 'https://contoso.azurecr.io/')).toBe(HTTPS);
    expect(find({ https: HTTPS, http: HTTP }, 'http://registry.corp:5000/')).toBe(HTTP);
    expect(find({ http: HTTP }, 'https://contoso.azurecr.io/')).toBeUndefined();
    expect(find({ https: HTTPS }, 'http://registry.corp:5000/')).toBeUndefined();
  });

  it('may be written without a scheme, and with user and password', () => {
    expect(find({ https: 'proxy.corp:3128' }, 'https://a.example/')).toBe(HTTPS);
    expect(find({ https: 'http://user:pass@proxy.corp' }, 'https://a.example/')).toBe(
      'http://user:pass@proxy.corp/',
    );
  });

  it.each(['socks5://proxy.corp', 'ftp://secret@proxy.corp', 'http://', 'http://a b/'])(
    'must be one of http: %j is a fault that is told without its value',
    (value) => {
      expect(() => createProxyRule({ https: value })).toThrow(
        new TypeError('HTTPS_PROXY is not the address of an http or https proxy'),
      );
      expect(() => createProxyRule({ http: value })).toThrow(/^HTTP_PROXY is/u);
    },
  );

  it.each(['localhost', 'localhost:5000', '127.0.0.1:5000', '127.9.9.9', '[::1]:5000'])(
    'is none for loopback, as Go has it: %s',
    (host) => {
      expect(find({ https: HTTPS }, `https://${host}/`)).toBeUndefined();
    },
  );
});

describe('NO_PROXY', () => {
  it.each<[string, string, boolean]>([
    ['*', 'a.example', true],
    ['a.example', 'a.example', true],
    ['A.Example', 'a.example', true],
    ['a.example', 'b.a.example', true],
    ['.a.example', 'b.a.example', true],
    ['.a.example', 'a.example', true],
    ['*.a.example', 'b.a.example', true],
    ['a.example', 'evila.example', false],
    ['.svc,.cluster.local', 'registry.team.svc', true],
    [' x.example , a.example ', 'a.example', true],
    ['x.example a.example', 'a.example', true],
    ['a.example:5000', 'a.example:5000', true],
    ['a.example:5000', 'a.example', false],
    ['a.example:443', 'a.example', true],
    ['10.0.0.0/8', '10.1.2.3:5000', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.30', false],
    ['10.1.2.3:5000', '10.1.2.3:5000', true],
    ['fd00::/8', '[fd12::1]', true],
    ['[fd12::1]:5000', '[fd12::1]:5000', true],
    ['fd12::1', '[fd12::1]', true],
    ['10.0.0.0/33', '10.0.0.1', false],
    ['10.0.0.0/x', '10.0.0.1', false],
    ['10.0.0.0/8', 'ten.example', false],
    ['', 'a.example', false],
    [',', 'a.example', false],
    ['.', 'a.example', false],
  ])('%j has %s reached directly: %s', (noProxy, host, isDirect) => {
    expect(find({ https: HTTPS, noProxy }, `https://${host}/`)).toBe(isDirect ? undefined : HTTPS);
  });
});
