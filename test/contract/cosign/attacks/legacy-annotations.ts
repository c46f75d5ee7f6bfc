/** Annotations that are asked for. */
import { simpleSigning } from '../../../support/signatures.ts';
import { payload, tagged } from './legacy-row.ts';
import { layerFor } from './offer.ts';
import type { AttackRow } from './row.ts';

export const LEGACY_ANNOTATIONS: readonly AttackRow[] = [
  payload(
    'an annotation that is asked for and signed',
    { ids: 'P9', keyward: 'allow', annotation: 'env=prod' },
    (digest) => simpleSigning(digest, {}, { optional: { env: 'prod' } }),
  ),
  payload(
    'an annotation that is asked for, with another value',
    { ids: 'A75', keyward: 'deny ANNOTATION_MISMATCH', annotation: 'env=prod' },
    (digest) => simpleSigning(digest, {}, { optional: { env: 'test' } }),
  ),
  payload(
    'an annotation that is asked for, and no optional',
    { ids: 'A77', keyward: 'deny ANNOTATION_MISMATCH', annotation: 'env=prod' },
    (digest) => simpleSigning(digest),
  ),
  tagged(
    'an annotation that is asked for on the unsigned descriptor alone',
    { ids: 'A75', keyward: 'deny ANNOTATION_MISMATCH', annotation: 'env=prod' },
    ({ image }) => layerFor(image.digest, { annotations: { env: 'prod' } }),
  ),
  payload(
    'an annotation that is asked for as "1", signed as the number 1',
    { ids: 'A76', keyward: 'deny ANNOTATION_MISMATCH', annotation: 'level=1' },
    (digest) => simpleSigning(digest, {}, { optional: { level: 1 } }),
  ),
];
