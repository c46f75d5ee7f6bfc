import { z } from 'zod';
import type { CertificateFiles } from '../../platform/http/certificate.ts';
import type { TokenRules } from '../../platform/http/token/verify-token.ts';
import { listVariable, portVariable } from '../../platform/lifecycle/load-config.ts';
import { createProxyRule, type ProxySettings } from '../../platform/registry/network/proxy.ts';
import type { Cloud } from '../../platform/vault/allowed-vaults.ts';

/** Variables of the HTTPS endpoint for Event Grid; off without its port. */
export const ENDPOINT_CONFIG = {
  KEYWARD_EVENTS_PORT: portVariable
    .optional()
    .describe('port of the HTTPS endpoint /events for Event Grid; without it there is none'),
  KEYWARD_EVENTS_HOST: z.string().default('0.0.0.0').describe('address of that endpoint'),
  KEYWARD_EVENTS_TLS_CERT_FILE: z
    .string()
    .default('/etc/keyward/events-tls/tls.crt')
    .describe(
      'its certificate, PEM, of an authority that Event Grid trusts; a change is served without a restart',
    ),
  KEYWARD_EVENTS_TLS_KEY_FILE: z
    .string()
    .default('/etc/keyward/events-tls/tls.key')
    .describe('its key, PEM'),
  KEYWARD_EVENTS_TENANT_ID: z
    .guid()
    .optional()
    .describe(
      'Microsoft Entra tenant whose tokens the endpoint takes, and whose signing keys it reads',
    ),
  KEYWARD_EVENTS_AUDIENCE: listVariable
    .default([])
    .describe(
      'application id and App ID URI of the app registration that stands for the endpoint, with commas',
    ),
  KEYWARD_EVENTS_CALLER: z
    .guid()
    .default('4962773b-9cdb-44cf-a8bf-237846a00ab7')
    .describe(
      'application id of who delivers: Event Grid, or the client id of its managed identity',
    ),
  KEYWARD_EVENTS_APP_ROLE: z
    .string()
    .min(1)
    .default('AzureEventGridSecureWebhookSubscriber')
    .describe('app role that a token must carry'),
  HTTPS_PROXY: z
    .string()
    .optional()
    .describe('proxy for Entra, vaults and signing keys; Service Bus does not go through it'),
  NO_PROXY: z
    .string()
    .optional()
    .describe('names, .suffixes, addresses and CIDR ranges that are reached without a proxy'),
} as const;

export interface EndpointConfig {
  readonly host: string;
  readonly port: number;
  readonly files: CertificateFiles;
  readonly token: TokenRules;
  readonly keySetUrl: URL;
  readonly proxy: ProxySettings;
}

/** Who issues tokens in each cloud: v1.0 tokens are from another name than v2.0 ones. */
const AUTHORITIES: Readonly<Record<Cloud, { readonly v1: string; readonly v2: string }>> = {
  AzurePublic: { v1: 'https://sts.windows.net', v2: 'https://login.microsoftonline.com' },
  AzureUSGovernment: { v1: 'https://sts.windows.net', v2: 'https://login.microsoftonline.us' },
  AzureChina: {
    v1: 'https://sts.chinacloudapi.cn',
    v2: 'https://login.partner.microsoftonline.cn',
  },
};

/** Undefined: the endpoint is off. */
export function readEndpointConfig(
  variables: z.output<z.ZodObject<typeof ENDPOINT_CONFIG>>,
  cloud: Cloud,
  problems: string[],
): EndpointConfig | undefined {
  const {
    KEYWARD_EVENTS_PORT: port,
    KEYWARD_EVENTS_AUDIENCE: audiences,
    HTTPS_PROXY: https,
    NO_PROXY: noProxy,
  } = variables;
  if (port === undefined) return undefined;
  const tenantId = variables.KEYWARD_EVENTS_TENANT_ID?.toLowerCase();
  if (tenantId === undefined || audiences.length === 0) {
    problems.push(
      'KEYWARD_EVENTS_TENANT_ID, KEYWARD_EVENTS_AUDIENCE: the events endpoint needs both, or anybody could send to it',
    );
    return undefined;
  }
  const proxy: ProxySettings = {
    ...(https === undefined ? {} : { https }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
  if (!isProxyUsable(proxy)) problems.push('HTTPS_PROXY: not the address of a proxy');
  const { v1, v2 } = AUTHORITIES[cloud];
  return {
    host: variables.KEYWARD_EVENTS_HOST,
    port,
    files: {
      certFile: variables.KEYWARD_EVENTS_TLS_CERT_FILE,
      keyFile: variables.KEYWARD_EVENTS_TLS_KEY_FILE,
    },
    token: {
      tenantId,
      issuers: [`${v1}/${tenantId}/`, `${v2}/${tenantId}/v2.0`],
      audiences,
      callers: [variables.KEYWARD_EVENTS_CALLER.toLowerCase()],
      role: variables.KEYWARD_EVENTS_APP_ROLE,
    },
    keySetUrl: new URL(`${v2}/${tenantId}/discovery/v2.0/keys`),
    proxy,
  };
}

function isProxyUsable(proxy: ProxySettings): boolean {
  try {
    createProxyRule(proxy);
    return true;
  } catch {
    return false;
  }
}
