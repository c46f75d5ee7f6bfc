/** How referrers are found: by the API, or by the fallback tag where it is not there. */
import type { Fault } from '../../../../sandbox/registry/registry.ts';
import { bundleFor } from './offer.ts';
import { row, type AttackRow, type RowOptions } from './row.ts';

/** A good bundle that only the fallback tag names, in a registry whose referrers API answers so. */
const behindTag = (what: string, options: RowOptions, fault: Fault): AttackRow =>
  row('bundle', `a bundle behind the fallback tag, the referrers API ${what}`, options, (stall) => {
    stall.bundle(bundleFor(stall.image.digest));
    stall.fallBack();
    stall.answerReferrers(fault);
  });

const status = (code: number): Fault => ({ kind: 'status', status: code });
const FOUND = { ids: 'A134', keyward: 'allow' };

export const LISTING_ROWS: readonly AttackRow[] = [
  ...[400, 404, 406].map((code) => behindTag(`answers ${code}`, FOUND, status(code))),
  ...[405, 501].map((code) =>
    behindTag(
      `answers ${code}`,
      {
        ...FOUND,
        cosign: 'refuses',
        why: 'registries answer unknown routes with these as well',
      },
      status(code),
    ),
  ),
  behindTag('answers 200 with a page for people', FOUND, {
    kind: 'rubbish',
    body: '<html></html>',
    contentType: 'text/html',
  }),
  behindTag(
    'answers 200 with no JSON',
    { ids: 'A145', keyward: 'unavailable REGISTRY_BAD_RESPONSE' },
    {
      kind: 'rubbish',
      body: 'no JSON',
      contentType: 'application/vnd.oci.image.index.v1+json',
    },
  ),
  behindTag('answers 403', { ids: 'A135', keyward: 'unavailable REGISTRY_AUTH' }, status(403)),
  row(
    'bundle',
    'a bundle that only the fallback tag names, and a referrers API that lists nothing',
    { ids: 'A136', keyward: 'deny NO_SIGNATURE' },
    (stall) => {
      stall.bundle(bundleFor(stall.image.digest));
      stall.fallBack();
      stall.answerReferrers({
        kind: 'rubbish',
        body: '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
        contentType: 'application/vnd.oci.image.index.v1+json',
      });
    },
  ),
];
