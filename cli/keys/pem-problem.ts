export interface PemProblem {
  /** From 1. */
  readonly line: number;
  /** What is wrong and what to do; never a word of the text itself, which may be a private key. */
  readonly message: string;
}

const BEGIN = /-----BEGIN ([A-Z0-9 ]{1,60})-----/u;
const BASE64_LINE = /^[A-Za-z0-9+/]*={0,2}$/u;

/** What to do about a PEM block of another type than PUBLIC KEY. */
const OTHER_TYPES: readonly (readonly [pattern: RegExp, message: string])[] = [
  [
    /PRIVATE KEY/u,
    'this is a PRIVATE KEY. Take it out of here and treat it as leaked if others could read it; verifying needs the public key only (cosign public-key --key …, or openssl pkey -pubout)',
  ],
  [
    /CERTIFICATE/u,
    'this is a certificate; its public key comes out with: openssl x509 -noout -pubkey -in FILE',
  ],
  [
    /RSA PUBLIC KEY/u,
    'this is a public key in PKCS#1; openssl rsa -RSAPublicKey_in -pubout -in FILE makes the usual form of it',
  ],
];

/**
 * What keeps a text from being exactly one public key in PEM, with the line; undefined: in form it is one. Secrets first: a private
 * key is told of wherever it stands in the text.
 */
export function findPemProblem(text: string): PemProblem | undefined {
  const lines = text.split(/\r\n|\n|\r/u);
  const blocks = lines.flatMap((content, index) => {
    const type = BEGIN.exec(content)?.[1];
    return type === undefined ? [] : [{ type, line: index + 1 }];
  });
  for (const [pattern, message] of OTHER_TYPES) {
    const found = blocks.find(({ type }) => pattern.test(type));
    if (found !== undefined) return { line: found.line, message };
  }
  const [first, second] = blocks;
  if (first === undefined) return { line: 1, message: describeOther(text) };
  if (second !== undefined)
    return { line: second.line, message: 'a second PEM block: give each key in a file of its own' };
  if (first.type !== 'PUBLIC KEY')
    return { line: first.line, message: 'the PEM block is of another type than PUBLIC KEY' };
  return findLineProblem(lines, first.line);
}

/** What a text without a PEM block seems to be. */
function describeOther(text: string): string {
  if (/^\s*$/u.test(text)) return 'it is empty';
  if (/^\s*(?:ssh-|ecdsa-sha2-)/u.test(text))
    return 'it is a key of OpenSSH; ssh-keygen -e -m PKCS8 -f FILE makes PEM of a public one';
  // "-----BEGIN" in base64, as Kubernetes shows Secrets.
  if (/^\s*LS0tLS1CRUdJ/u.test(text))
    return 'it is PEM in base64, as in a Secret: base64 -d undoes it';
  return 'it holds no PEM block -----BEGIN PUBLIC KEY-----';
}

function findLineProblem(lines: readonly string[], begin: number): PemProblem | undefined {
  const before = lines.findIndex((content, index) => index < begin - 1 && content.trim() !== '');
  if (before !== -1)
    return { line: before + 1, message: 'there is text before the key: take it away' };
  if (lines[begin - 1]?.trimStart() !== '-----BEGIN PUBLIC KEY-----')
    return { line: begin, message: 'there is more on this line than -----BEGIN PUBLIC KEY-----' };
  const end = lines.findIndex((content) => content.trimEnd() === '-----END PUBLIC KEY-----');
  if (end === -1)
    return {
      line: lines.length,
      message: 'it ends without -----END PUBLIC KEY-----: is it cut off?',
    };
  const bad = lines.findIndex(
    (content, index) => index >= begin && index < end && !BASE64_LINE.test(content),
  );
  if (bad !== -1) return { line: bad + 1, message: 'this line of the key is not base64' };
  const after = lines.findIndex((content, index) => index > end && content.trim() !== '');
  if (after !== -1)
    return { line: after + 1, message: 'there is text after the key: take it away' };
  return undefined;
}
