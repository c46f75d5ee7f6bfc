import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const packageSchema = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

/** What ran: keyward, Node, the cluster, and the libraries that speak to the neighbours. */
export function readVersions(cluster: string): Readonly<Record<string, string>> {
  const text = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  const { version, dependencies } = packageSchema.parse(JSON.parse(text));
  const named = [
    '@azure/identity',
    '@azure/keyvault-keys',
    '@azure/service-bus',
    '@azure/eventgrid',
    '@kubernetes/client-node',
    'bullmq',
    '@electric-sql/pglite',
  ];
  return {
    keyward: version,
    node: process.versions.node,
    cluster,
    ...Object.fromEntries(named.map((name) => [name, dependencies[name] ?? 'absent'])),
  };
}
