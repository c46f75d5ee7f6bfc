/** A token service for the real registry, as the distribution project's token specification has it: who may have one, has any scope. */
import { sign, X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificateAuthority } from '../../../sandbox/certificates.ts';
import { basicHeaderOf, type Login } from './wire.ts';

export const TOKEN_SERVICE = 'contract-registry';
export const TOKEN_ISSUER = 'contract-tokens';

export interface TokenService {
  readonly host: string;
  readonly realm: string;
  close(): Promise<void>;
}

/** Signs with a certificate of `authority`, which the registry is told to trust. */
export async function startTokenService(
  authority: CertificateAuthority,
  login?: Login,
): Promise<TokenService> {
  const { certPem, keyPem } = await authority.issue({
    commonName: 'tokens',
    ipAddresses: ['127.0.0.1'],
  });
  const chain = new X509Certificate(certPem).raw.toString('base64');
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'https://tokens');
    if (login !== undefined && request.headers.authorization !== basicHeaderOf(login)) {
      response.writeHead(401).end();
      return;
    }
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: TOKEN_ISSUER,
      sub: '',
      aud: searchParams.get('service'),
      nbf: seconds - 10,
      iat: seconds,
      exp: seconds + 300,
      jti: `${seconds}`,
      access: searchParams.getAll('scope').map(parseScope),
    };
    const token = signToken({ typ: 'JWT', alg: 'ES256', x5c: [chain] }, claims, keyPem);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token, expires_in: 300 }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    realm: `https://${host}/token`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** `repository:team/app:pull,push` */
function parseScope(scope: string): object {
  const [type, name, actions = ''] = scope.split(':');
  return { type, name, actions: actions.split(',') };
}

function signToken(header: object, claims: object, key: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  // RFC 7518 section 3.4: r and s side by side, not DER.
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
