/** What is made: each image is signed by one version of cosign, in one form or several, with keys from one place. */
import {
  COSIGN_VERSIONS,
  type CosignVersion,
  type SignatureForm,
} from '../../contract/cosign/cosign.ts';

/** `pem`: a key file that `cosign import-key-pair` took. `akv`: `azurekms://`, against the sandbox's Key Vault. */
export const KEY_NAMES = ['pem-p256', 'pem-rsa2048', 'akv-p256', 'akv-rsa2048'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

export interface Signing {
  readonly form: SignatureForm;
  readonly key: KeyName;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Recipe {
  readonly name: string;
  readonly cosign: CosignVersion;
  /** With the referrers API, or without: then cosign keeps the fallback tag. */
  readonly registry: 'go-containerregistry' | 'distribution';
  readonly signings: readonly Signing[];
  /** Looks for an image whose RSA signature has a half that begins with a zero byte, which DER drops: about 1 in 128. */
  readonly shortHalf?: true;
}

/** Go escapes three of these in JSON: what is signed is bytes. */
const ANNOTATIONS = { env: 'prod', note: 'a<b>&c ü' };

function recipesOf(cosign: CosignVersion): readonly Recipe[] {
  const forms: readonly SignatureForm[] = ['legacy-tag', 'legacy-referrer', 'bundle'];
  const single = forms.flatMap((form) =>
    KEY_NAMES.map((key): Recipe => ({
      name: `${form}.${key}`,
      cosign,
      registry: 'go-containerregistry',
      signings: [{ form, key }],
    })),
  );
  const fallback = (['legacy-referrer', 'bundle'] as const).map((form): Recipe => ({
    name: `${form}-fallback-tag.pem-p256`,
    cosign,
    registry: 'distribution',
    signings: [{ form, key: 'pem-p256' }],
  }));
  const annotated = (['legacy-tag', 'bundle'] as const).map((form): Recipe => ({
    name: `${form}-annotated.pem-p256`,
    cosign,
    registry: 'go-containerregistry',
    signings: [{ form, key: 'pem-p256', annotations: ANNOTATIONS }],
  }));
  const several: Recipe = {
    name: 'several',
    cosign,
    registry: 'distribution',
    signings: [
      { form: 'legacy-tag', key: 'pem-p256' },
      { form: 'legacy-tag', key: 'akv-rsa2048' },
      { form: 'bundle', key: 'pem-rsa2048' },
      { form: 'bundle', key: 'akv-p256' },
    ],
  };
  const shortHalf: Recipe = {
    name: 'legacy-tag-short-half.akv-rsa2048',
    cosign,
    registry: 'go-containerregistry',
    signings: [{ form: 'legacy-tag', key: 'akv-rsa2048' }],
    shortHalf: true,
  };
  return [...single, ...fallback, ...annotated, several, shortHalf];
}

export const RECIPES: readonly Recipe[] = COSIGN_VERSIONS.flatMap(recipesOf);
