/** The classes that Wycheproof's lists name (`notes` of ecdsa_*_test.json and rsa_signature_*_test.json), each with a case of ours. */
import type { KeyAlgorithm } from '../../core/keys/key-version.ts';

const ECDSA = {
  ArithmeticError: 'x of the point at least n, r reduced',
  BerEncodedSignature: 'SEQUENCE: length in an octet more than it takes',
  EdgeCasePublicKey: "the key's x a byte short",
  EdgeCaseShamirMultiplication: 'the key is minus the generator',
  IntegerOverflow: 'r + 2^8k in place of r',
  InvalidEncoding: 's: length 2^32 - 1',
  InvalidSignature: 'r = 0 and s = 0',
  InvalidTypesInSignature: 'r: BOOLEAN true in place of it',
  MissingZero: 'r without the byte that makes it positive',
  ModifiedInteger: '-n - s in place of s',
  ModifiedSignature: 'r: zero bytes after its content',
  ModularInverse: 's = the inverse of 3',
  PointDuplication: 'the two parts are the same point',
  RangeCheck: 's + n in place of s',
  SmallRandS: 'r and s small',
  SpecialCaseHash: 'valid, the hash begins with 16 zero bits',
  ValidSignature: 'valid',
} as const;

const PKCS1 = {
  BerEncodedPadding: 'a length of the DigestInfo in the long form',
  EdgeCaseSignature: 'the value n - 1',
  InvalidAsnInPadding: 'an indefinite length of the DigestInfo',
  InvalidPadding: 'a separator of 0x01',
  InvalidSignature: 'the value n',
  MissingNull: 'a missing NULL',
  ModifiedPadding: 'garbage in the padding, last',
  NoHash: 'the digest alone',
  ShortPadding: 'padding of 8 bytes, garbage after',
  SignatureMalleability: 'the value plus n',
  SmallPublicKey: 'the cube root of one',
  SmallSignature: 'valid, a zero byte first in the value',
  WrongHash: 'signed with sha1',
  WrongPrimitive: 'PSS with a salt as long as the hash',
} as const;

export function wycheproofClasses(algorithm: KeyAlgorithm): Readonly<Record<string, string>> {
  return algorithm.startsWith('RSA') ? PKCS1 : ECDSA;
}

/** Of those, the ones that say nothing about how a value is put down: they stand in Key Vault's halves as well. */
export const WRAPPED_TOO: readonly string[] = [
  'valid',
  'valid, a zero byte first in the value',
  'valid, a zero byte first in the second half',
  'by another key of the size',
  PKCS1.BerEncodedPadding,
  PKCS1.InvalidAsnInPadding,
  PKCS1.InvalidPadding,
  PKCS1.MissingNull,
  PKCS1.ModifiedPadding,
  PKCS1.NoHash,
  PKCS1.ShortPadding,
  PKCS1.SmallPublicKey,
];
