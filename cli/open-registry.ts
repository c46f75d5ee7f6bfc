import { systemClock as clock } from '../platform/lifecycle/clock.ts';
import { createMetrics } from '../platform/observe/metrics.ts';
import { createRegistry } from '../platform/registry/create-registry.ts';
import type { Registry } from '../platform/registry/registry.ts';

/** The registries as this machine reaches them: anonymous, TLS, trusting what Node trusts (NODE_EXTRA_CA_CERTS adds to it). */
export function openRegistry(): Registry {
  return createRegistry({ clock, metrics: createMetrics() });
}
