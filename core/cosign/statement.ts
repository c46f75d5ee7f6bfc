import type { SoundCandidate } from '../verdict/evidence.ts';
import { isArray, isObject, readObject, stringMembers } from './json-fields.ts';
import { LIMITS } from './limits.ts';
import { SIGN_PREDICATE, STATEMENT_TYPE } from './media-types.ts';
import { Refusal } from './refusal.ts';
import { parseStrictJson, type JsonObject, type JsonValue } from './strict-json.ts';

/**
 * Reads an in-toto statement as an image signature of `digest` (`sha256:<hex>`); throws a `Refusal`. Anything but cosign's own
 * sign predicate is an attestation, whoever signed it: taking one for a signature was CVE-2022-35929.
 */
export function readStatement(payload: Uint8Array, digest: string): SoundCandidate['claims'] {
  const json = parseStrictJson(payload, LIMITS.bundleBytes);
  if (!json.ok) throw new Refusal(json.code, `statement: ${json.detail}`);
  const statement = json.value;
  if (statement.get('_type') !== STATEMENT_TYPE)
    throw new Refusal('STATEMENT_TYPE', `_type is not ${STATEMENT_TYPE}`);
  if (statement.get('predicateType') !== SIGN_PREDICATE)
    throw new Refusal(
      'PREDICATE_TYPE',
      `predicateType is not ${SIGN_PREDICATE}: an attestation, not an image signature`,
    );
  if (statement.has('predicate')) readObject(statement, 'predicate');
  const subject = findSubject(statement.get('subject'), digest);
  const annotations = subject.has('annotations')
    ? stringMembers(readObject(subject, 'annotations'))
    : new Map<string, string>();
  return { digest, annotations };
}

function findSubject(subjects: JsonValue | undefined, digest: string): JsonObject {
  if (!isArray(subjects)) throw mismatch('the statement has no list of subjects');
  if (subjects.length > LIMITS.subjects)
    throw new Refusal(
      'LIMIT_SUBJECTS',
      `${subjects.length} subjects, more than ${LIMITS.subjects}`,
    );
  const hex = digest.replace(/^sha256:/, '');
  let found: JsonObject | undefined;
  for (const subject of subjects) {
    const digests = isObject(subject) ? subject.get('digest') : undefined;
    if (!isObject(subject) || !isObject(digests)) throw mismatch('a subject has no digests');
    if (digests.size > LIMITS.digestsPerSubject)
      throw new Refusal(
        'LIMIT_SUBJECTS',
        `a subject has more than ${LIMITS.digestsPerSubject} digests`,
      );
    if (subject.has('annotations')) readObject(subject, 'annotations');
    if (digests.get('sha256') === hex) found ??= subject;
  }
  if (found === undefined) throw mismatch('no subject of the statement is this image');
  return found;
}

function mismatch(detail: string): Refusal {
  return new Refusal('SUBJECT_MISMATCH', detail);
}
