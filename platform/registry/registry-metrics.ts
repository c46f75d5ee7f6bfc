import type { Metrics } from '../observe/metrics.ts';
import { ServiceError } from '../observe/service-error.ts';

export type RegistryOperation = 'manifest' | 'blob' | 'referrers' | 'token';

const OUTCOMES = [
  'ok',
  'REGISTRY_UNREACHABLE',
  'REGISTRY_TIMEOUT',
  'REGISTRY_THROTTLED',
  'REGISTRY_AUTH',
  'REGISTRY_BAD_RESPONSE',
  'REGISTRY_REDIRECT_REFUSED',
  'LIMIT_TIME',
  'LIMIT_BYTES',
  'OVERLOADED',
  'other',
] as const;

export interface RegistryMetrics {
  /** Counts and times what `work` does, by its outcome. Never labelled by image or host: both are chosen by whoever deploys. */
  measure<T>(operation: RegistryOperation, work: () => Promise<T>): Promise<T>;
}

/** `keyward_registry_requests_total` and `keyward_registry_request_duration_seconds`. */
export function createRegistryMetrics(metrics: Metrics): RegistryMetrics {
  const operations = ['manifest', 'blob', 'referrers', 'token'] as const;
  const requests = metrics.counter({
    name: 'keyward_registry_requests_total',
    help: 'Questions asked to registries, by operation and outcome; an absence is an outcome that is ok.',
    labels: { operation: operations, outcome: OUTCOMES },
  });
  const durations = metrics.histogram({
    name: 'keyward_registry_request_duration_seconds',
    help: 'How long a question to a registry took, redirects and body included.',
    labels: { operation: operations },
  });
  return {
    measure: async (operation, work) => {
      const start = performance.now();
      let outcome: (typeof OUTCOMES)[number] = 'ok';
      try {
        return await work();
      } catch (error) {
        outcome = outcomeOf(error);
        throw error;
      } finally {
        requests.increment({ operation, outcome });
        durations.observe({ operation }, (performance.now() - start) / 1000);
      }
    },
  };
}

function outcomeOf(error: unknown): (typeof OUTCOMES)[number] {
  const code = error instanceof ServiceError ? (error.code as string) : '';
  return OUTCOMES.find((outcome) => outcome === code) ?? 'other';
}
