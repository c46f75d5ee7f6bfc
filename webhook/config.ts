import { z } from 'zod';
import { listVariable, portVariable } from '../platform/lifecycle/load-config.ts';
import { LOG_LEVELS } from '../platform/observe/logger.ts';
import { REGISTRY_CONFIG } from '../platform/registry/registry-config.ts';
import {
  parseSignatureRepositories,
  type FindSignatureRepository,
} from './evidence/signature-repositories.ts';
import { ENFORCEMENTS } from './review/enforcement.ts';

/** The webhook's environment. It has no variable for a vault, a bus or a queue: it reaches none of them. AZURE_* is for registries. */
export const WEBHOOK_CONFIG = {
  KUBECONFIG: z
    .string()
    .optional()
    .describe('kubeconfig file; without it the service account of the Pod'),
  KEYWARD_NAMESPACE: z
    .string()
    .default('keyward-system')
    .describe("keyward's own namespace: KeySets there are cluster-wide"),
  KEYWARD_LISTEN_HOST: z.string().default('0.0.0.0').describe('address of the admission port'),
  KEYWARD_LISTEN_PORT: portVariable.default(8443).describe('admission port (TLS)'),
  KEYWARD_METRICS_HOST: z.string().default('0.0.0.0').describe('address of the metrics port'),
  KEYWARD_METRICS_PORT: portVariable
    .default(9090)
    .describe('plain HTTP: /metrics, /readyz, /livez, /statusz'),
  KEYWARD_TLS_CERT_FILE: z
    .string()
    .default('/etc/keyward/tls/tls.crt')
    .describe('certificate, PEM; a change is served without a restart'),
  KEYWARD_TLS_KEY_FILE: z.string().default('/etc/keyward/tls/tls.key').describe('its key, PEM'),
  KEYWARD_DEFAULT_ENFORCEMENT: z
    .enum(ENFORCEMENTS)
    .default('warn')
    .describe('for namespaces without the label keyward.dev/enforce'),
  KEYWARD_DELEGATED_NAMESPACES: listVariable
    .default([])
    .describe("namespaces whose own policies stand in the cluster's place"),
  KEYWARD_RATIFY_ROLE: z
    .enum(['beside', 'replace'])
    .default('beside')
    .describe('replace: also fill the status of Ratify resources, where no Ratify runs'),
  ...REGISTRY_CONFIG,
  KEYWARD_SIGNATURE_REPOSITORY: z
    .string()
    .transform(parseSignatures)
    .optional()
    .describe(
      "registry/repository with all signatures in the images' place, as cosign's COSIGN_REPOSITORY; or images=registry/repository pairs, images a repository or a prefix that ends in *, the first that covers an image counts",
    ),
  KEYWARD_EVIDENCE_CACHE_MIB: z.coerce
    .number()
    .int()
    .min(1)
    .max(4096)
    .default(96)
    .describe('bound of the evidence cache, in MiB'),
  KEYWARD_DRAIN_SECONDS: z.coerce
    .number()
    .min(0)
    .max(300)
    .default(15)
    .describe('how long to go on serving after SIGTERM while the Service forgets this replica'),
  KEYWARD_LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('least level that is logged'),
} as const;

function parseSignatures(
  text: string,
  context: z.core.$RefinementCtx,
): FindSignatureRepository | undefined {
  try {
    return parseSignatureRepositories(text);
  } catch (error) {
    const message = error instanceof TypeError ? error.message : 'unreadable';
    context.addIssue({ code: 'custom', message });
    return undefined;
  }
}
