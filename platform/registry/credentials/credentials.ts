import type { SecretText } from './secret-text.ts';

/** What a registry, or the token service that it names, is shown. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: SecretText }
  /** OAuth 2 refresh token, what a Docker config calls an identity token: exchanged for access tokens at the token service. */
  | { readonly kind: 'refresh-token'; readonly token: SecretText }
  /** Sent to the registry as it is. */
  | { readonly kind: 'registry-token'; readonly token: SecretText }
  /**
   * A token of Microsoft Entra for Azure Container Registry: exchanged at the registry itself, and nowhere else, for a refresh token
   * (azure.md section 10.1). Asked for when it is needed: the refresh token outlives it.
   */
  | { readonly kind: 'entra'; readonly token: (signal: AbortSignal) => Promise<SecretText> };

/** Where credentials come from. Adapters each in a file of its own. */
export interface RegistryCredentials {
  /** Whose eyes: part of the evidence cache's key. Names of files, objects and identities; no secret. */
  readonly scope: string;
  /**
   * For `host[:port]`. `undefined`: none is configured for it, so it is asked anonymously. Rejects with RegistryError (REGISTRY_AUTH)
   * when one is, or may be, and cannot be had: never anonymous in its place. Answers from memory where it can.
   */
  find(host: string, signal: AbortSignal): Promise<Credential | undefined>;
  /** The registry no longer takes what `find` gave: it must not come from memory next time. */
  forget(host: string): void;
}

/** True when showing the second where the first was refused would be the same question again. */
export function isSameCredential(left: Credential, right: Credential): boolean {
  if (left.kind === 'basic' && right.kind === 'basic') {
    return left.username === right.username && left.password.equals(right.password);
  }
  if (left.kind === 'entra' || right.kind === 'entra') return left.kind === right.kind;
  if (left.kind === 'basic' || right.kind === 'basic') return false;
  return left.kind === right.kind && left.token.equals(right.token);
}
