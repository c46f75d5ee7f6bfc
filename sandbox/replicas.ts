import { Agent, request } from 'undici';
import { z } from 'zod';
import { readReplicaStatus } from '../cli/replica-status.ts';
import { podReview } from './pod-review.ts';
import type { Publication } from './publish.ts';

/** One replica's answer to an AdmissionReview of a pod with one image. */
export interface Answer {
  readonly allowed: boolean;
  readonly code?: string;
  readonly message: string;
  /** The key version that vouched, as the audit annotation names it. */
  readonly key?: string;
}

export interface ReplicaAddress {
  readonly port: number;
  readonly metricsPort: number;
}

export interface Replicas {
  readonly count: number;
  readonly addresses: readonly ReplicaAddress[];
  readonly statusUrls: readonly string[];
  /** What each replica answers for a pod with this image, pinned to the digest as `/mutate` would have. */
  ask(publication: Publication): Promise<readonly Answer[]>;
  /** Whether every replica's trust view holds this version as trusted. */
  allTrust(version: string): Promise<boolean>;
  close(): Promise<void>;
}

const reviewSchema = z.object({
  response: z.object({
    allowed: z.boolean(),
    status: z.object({ message: z.string().default('') }).optional(),
    auditAnnotations: z.record(z.string(), z.string()).default({}),
  }),
});

function readAnswer(body: unknown): Answer {
  const { allowed, status, auditAnnotations } = reviewSchema.parse(body).response;
  const { code, key } = auditAnnotations;
  return {
    allowed,
    message: status?.message ?? '',
    ...(code === undefined ? {} : { code }),
    ...(key === undefined ? {} : { key }),
  };
}

/** The replicas, each asked directly, as the API server asks whichever of them it reaches. */
export function connectReplicas(addresses: readonly ReplicaAddress[], caPem: string): Replicas {
  const dispatcher = new Agent({ connect: { ca: caPem } });
  const statusUrls = addresses.map(({ metricsPort }) => `http://127.0.0.1:${metricsPort}`);
  return {
    count: addresses.length,
    addresses,
    statusUrls,
    async ask({ image, digest }) {
      const body = podReview([`${image}@${digest}`]);
      return Promise.all(
        addresses.map(async ({ port }) => {
          const response = await request(`https://127.0.0.1:${port}/validate?timeout=5s`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
            dispatcher,
          });
          return readAnswer(await response.body.json());
        }),
      );
    },
    async allTrust(version) {
      const statuses = await Promise.all(statusUrls.map((url) => readReplicaStatus(url)));
      return statuses.every((status) =>
        status?.keySets.some((keySet) =>
          keySet.versions.some((entry) => entry.version === version && entry.state === 'trusted'),
        ),
      );
    },
    close: () => dispatcher.close(),
  };
}
