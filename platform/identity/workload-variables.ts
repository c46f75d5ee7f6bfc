import { z } from 'zod';

const variable = z.string().optional().describe('set by the workload identity webhook');

/** What AKS sets in a pod whose service account has a workload identity. */
export const WORKLOAD_IDENTITY_CONFIG = {
  AZURE_TENANT_ID: variable,
  AZURE_CLIENT_ID: variable,
  AZURE_FEDERATED_TOKEN_FILE: variable,
  AZURE_AUTHORITY_HOST: variable,
} as const;
