import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface CertificateRequest {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  /** IPv4, or IPv6 `::1`. */
  readonly ipAddresses?: readonly string[];
}

export interface IssuedCertificate {
  readonly certPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

export interface CertificateAuthority {
  readonly caPem: string;
  /** A leaf for servers and clients, ECDSA P-256, valid from an hour ago for 30 days. */
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

/**
 * A certificate authority that lives as long as its process: its key is never written anywhere.
 *
 * Written out in DER because the certificates needed are one fixed shape (RFC 5280, ECDSA P-256) and a library for it would
 * bring a global Reflect polyfill into every process.
 */
export function createCertificateAuthority(): Promise<CertificateAuthority> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Random, so that two sandboxes' authorities in one trust store are not taken for each other.
  const issuer = encodeName(`keyward sandbox CA ${randomBytes(4).toString('hex')}`);
  const caKeyId = keyIdentifier(publicKey);
  const caPem = signCertificate({
    issuer,
    subject: issuer,
    publicKey,
    signingKey: privateKey,
    days: 365,
    extensions: [
      extension('2.5.29.19', true, sequence(BOOLEAN_TRUE)), // basicConstraints CA
      extension('2.5.29.15', true, Buffer.from([0x03, 0x02, 0x01, 0x06])), // keyCertSign, cRLSign
      extension('2.5.29.14', false, tagged(0x04, caKeyId)),
    ],
  });

  const issue = (request: CertificateRequest): IssuedCertificate => {
    const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const certPem = signCertificate({
      issuer,
      subject: encodeName(request.commonName),
      publicKey: leaf.publicKey,
      signingKey: privateKey,
      days: 30,
      extensions: [
        extension('2.5.29.19', true, sequence()),
        extension('2.5.29.15', true, Buffer.from([0x03, 0x02, 0x07, 0x80])), // digitalSignature
        extension(
          '2.5.29.37',
          false,
          sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'), objectIdentifier('1.3.6.1.5.5.7.3.2')), // serverAuth, clientAuth
        ),
        extension('2.5.29.17', false, encodeAlternativeNames(request)),
        extension('2.5.29.14', false, tagged(0x04, keyIdentifier(leaf.publicKey))),
        extension('2.5.29.35', false, sequence(tagged(0x80, caKeyId))),
      ],
    });
    return {
      certPem,
      keyPem: leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    };
  };
  return Promise.resolve({ caPem, issue: (request) => Promise.resolve(issue(request)) });
}

interface CertificateShape {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

function signCertificate(shape: CertificateShape): string {
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const hour = 3_600_000;
  const toBeSigned = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))), // version 3
    // Positive and at most 20 octets (RFC 5280 section 4.1.2.2).
    tagged(0x02, Buffer.concat([Buffer.from([0x4b]), randomBytes(15)])),
    algorithm,
    shape.issuer,
    sequence(
      encodeTime(new Date(Date.now() - hour)),
      encodeTime(new Date(Date.now() + shape.days * 24 * hour)),
    ),
    shape.subject,
    shape.publicKey.export({ format: 'der', type: 'spki' }),
    tagged(0xa3, sequence(...shape.extensions)),
  );
  const signature = sign('sha256', toBeSigned, shape.signingKey);
  const certificate = sequence(toBeSigned, algorithm, bitString(signature));
  const lines = certificate.toString('base64').match(/.{1,64}/gu) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function encodeAlternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): Buffer {
  return sequence(
    ...dnsNames.map((name) => tagged(0x82, Buffer.from(name, 'ascii'))),
    ...ipAddresses.map((address) => tagged(0x87, encodeAddress(address))),
  );
}

function encodeAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (address === '::1') return Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);
  throw new TypeError(`the sandbox issues certificates for IPv4 and ::1 only, not '${address}'`);
}

/** RFC 5280 section 4.2.1.2, method 1. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = [Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return createHash('sha1').update(Buffer.concat(point)).digest();
}

const BOOLEAN_TRUE = Buffer.from([0x01, 0x01, 0xff]);

function tagged(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const header =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(items));
}

function bitString(content: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), content]));
}

function extension(identifier: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [BOOLEAN_TRUE] : [];
  return sequence(objectIdentifier(identifier), ...flag, tagged(0x04, value));
}

function encodeName(commonName: string): Buffer {
  const value = tagged(0x0c, Buffer.from(commonName, 'utf8'));
  return sequence(tagged(0x31, sequence(objectIdentifier('2.5.4.3'), value)));
}

/** UTCTime: right until 2049 (RFC 5280 section 4.1.2.5), longer than any sandbox. */
function encodeTime(time: Date): Buffer {
  const digits = time.toISOString().replaceAll(/[-:T]/gu, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`, 'ascii'));
}

function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tagged(0x06, Buffer.from(octets));
}
