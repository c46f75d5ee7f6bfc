import type { EventCode } from '../../events/hint.ts';
import type { BusErrorCode } from '../../platform/bus/hint-source.ts';
import type { TokenCode } from '../../platform/http/token/verify-token.ts';
import type { KubeErrorCode } from '../../platform/kube/kube-error.ts';
import type { QueueErrorCode } from '../../platform/queue/job-queue.ts';
import type { VaultErrorCode } from '../../platform/vault/vault-error.ts';

/** Codes of faults in logs, conditions and metrics: what happened, and what to do. */
export const VAULT_MEANINGS: Readonly<Record<VaultErrorCode, readonly [string, string]>> = {
  VAULT_FORBIDDEN: [
    'The vault answered 403: role, access policy or firewall.',
    'Grant the worker `keys/read` on the vault, and let its network in.',
  ],
  VAULT_IDENTITY: [
    'No token could be had, or the vault refused it.',
    'Check the federated credential, tenant and client id of the worker.',
  ],
  VAULT_THROTTLED: [
    'The vault answered 429.',
    'Nothing: the sweep of this vault slows down by itself. Raise `KEYWARD_CLUSTERS_SHARING_VAULT` if clusters share it.',
  ],
  VAULT_UNREACHABLE: [
    'DNS, connection or TLS failed, or the vault answered 5xx.',
    'Check egress to the vault. Trust stays as it was meanwhile.',
  ],
  VAULT_TIMEOUT: ['The vault did not answer in time.', 'As for VAULT_UNREACHABLE.'],
  VAULT_BAD_RESPONSE: [
    'The answer was not one of Key Vault.',
    'Look for a proxy between the worker and the vault.',
  ],
  VAULT_KEY_ABSENT: [
    'The vault says that it has no key of that name.',
    'Correct the name, or recover the key.',
  ],
  VAULT_NOT_ALLOWED: [
    'The vault is not in `KEYWARD_ALLOWED_VAULTS`, or not of the configured cloud.',
    'Add it there, if keyward should read it.',
  ],
};

export const BUS_MEANINGS: Readonly<Record<BusErrorCode, readonly [string, string]>> = {
  BUS_CONFIG: ['The connection can never work as configured.', 'Correct the variable it names.'],
  BUS_IDENTITY: [
    'No token for Service Bus could be had.',
    'Check the federated credential, tenant and client id of the worker, and egress to Microsoft Entra.',
  ],
  BUS_UNAUTHORIZED: [
    'Service Bus refused the credential.',
    'Grant the worker `Azure Service Bus Data Receiver` on its queue or subscription.',
  ],
  BUS_QUEUE_NOT_FOUND: [
    'There is no such queue, topic or subscription.',
    'Create it, or correct `KEYWARD_BUS_QUEUE`, `KEYWARD_BUS_TOPIC` or `KEYWARD_BUS_SUBSCRIPTION`.',
  ],
  BUS_THROTTLED: ['Service Bus throttles.', 'Nothing: it is asked again later.'],
  BUS_TIMEOUT: ['Service Bus did not answer in time.', 'Nothing: it is asked again.'],
  BUS_LOCK_LOST: [
    'A message was handled after its lock had run out.',
    'Nothing: it comes again, and a hint may come twice.',
  ],
  BUS_UNREACHABLE: [
    'Service Bus could not be reached.',
    'Check egress. The sweep goes on; only new versions are noticed later.',
  ],
};

export const QUEUE_MEANINGS: Readonly<Record<QueueErrorCode, readonly [string, string]>> = {
  QUEUE_CONFIG: [
    'The server behind the queue can never be used as it is.',
    'Correct `KEYWARD_QUEUE_URL`, or set `maxmemory-policy noeviction` on that server. Work goes on without it.',
  ],
  QUEUE_UNAVAILABLE: [
    'The queue is not reachable or too slow.',
    'Nothing: KeySets are reconciled directly meanwhile.',
  ],
  QUEUE_STOPPED: ['The worker ends.', 'Nothing: its successor reconciles everything once.'],
};

export const KUBE_MEANINGS: Readonly<Record<KubeErrorCode, readonly [string, string]>> = {
  NOT_FOUND: ['The object or kind does not exist.', 'Check that the CRDs are installed.'],
  CONFLICT: ['Somebody changed the object meanwhile.', 'Nothing: it is observed and planned anew.'],
  ALREADY_EXISTS: ['The object is there already.', 'Nothing.'],
  FORBIDDEN: ['RBAC refuses the request.', 'Compare the roles with `manifests/rbac`.'],
  INVALID: [
    'The API server refuses the object.',
    'Read its message; check the version of the CRDs.',
  ],
  GONE: ['A watch is too old to go on.', 'Nothing: it lists again.'],
  THROTTLED: ['The API server answered 429.', 'Nothing: it is asked again later.'],
  UNREACHABLE: ['The API server could not be reached.', 'Check the network of the Pod.'],
  TIMEOUT: ['The API server did not answer in time.', 'As for UNREACHABLE.'],
  BAD_RESPONSE: ['The answer was not one of an API server.', 'Look for a proxy in between.'],
};

export const EVENT_MEANINGS: Readonly<Record<EventCode, readonly [string, string]>> = {
  EVENT_TOO_LARGE: [
    'A message is larger than 1 MiB.',
    'See who may send to the queue or the endpoint.',
  ],
  EVENT_NOT_JSON: ['A message is not UTF-8 JSON.', 'As above.'],
  EVENT_BATCH_TOO_LARGE: ['A message holds more than 5,000 events.', 'As above.'],
  EVENT_ENVELOPE: [
    'An event is in neither the CloudEvents 1.0 nor the Event Grid schema.',
    'Choose one of the two in the event subscription.',
  ],
  EVENT_DATA: [
    'The data of an event is not that of a key.',
    'See who may send to the queue or the endpoint.',
  ],
  EVENT_KEY: ['An event names no key of a vault.', 'As above.'],
};

export const TOKEN_MEANINGS: Readonly<Record<TokenCode, readonly [string, string]>> = {
  TOKEN_MISSING: [
    'A request carries no token.',
    'Give the event subscription the tenant and the application id of the endpoint.',
  ],
  TOKEN_MALFORMED: ['The token is none of Microsoft Entra.', 'See who sends to the endpoint.'],
  TOKEN_ALGORITHM: ['The token is not signed with RS256.', 'As above.'],
  TOKEN_KEY_UNKNOWN: ['The tenant has no signing key of that id.', 'As above.'],
  TOKEN_SIGNATURE: ['The signature of the token is not good.', 'As above.'],
  TOKEN_TIME: [
    'The token has expired, is not valid yet, or says neither.',
    'Compare the clock of the node.',
  ],
  TOKEN_ISSUER: [
    'The token is of another tenant.',
    'Compare `KEYWARD_EVENTS_TENANT_ID` with the tenant of the event subscription.',
  ],
  TOKEN_AUDIENCE: [
    'The token is for another application.',
    'Compare `KEYWARD_EVENTS_AUDIENCE` with the application id or URI of the event subscription.',
  ],
  TOKEN_CALLER: [
    'The token was given to another application than the one that delivers.',
    'Correct `KEYWARD_EVENTS_CALLER` if a managed identity delivers.',
  ],
  TOKEN_ROLE: [
    'The one that delivers lacks the app role.',
    'Assign it the role that `KEYWARD_EVENTS_APP_ROLE` names. Event Grid does not send again what was answered 403; the sweep finds what was lost.',
  ],
  TOKEN_KEYS_UNAVAILABLE: [
    'The signing keys of the tenant could not be read, or not again so soon.',
    'Nothing: Event Grid sends it again. If it lasts, check egress to Microsoft Entra.',
  ],
};
