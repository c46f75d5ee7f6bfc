/** Media types compare by full string equality: no prefixes, no parameters (cosign.md section 9). */
export const OCI_IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const LEGACY_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';
export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** Any spelling of any bundle version starts like this: for telling an unsupported bundle from a foreign artifact. */
export const BUNDLE_FAMILY = 'application/vnd.dev.sigstore.bundle';
export const IN_TOTO = 'application/vnd.in-toto+json';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';
export const PAYLOAD_TYPE = 'cosign container image signature';
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';
