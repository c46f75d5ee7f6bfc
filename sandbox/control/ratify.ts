/** The real Ratify as a child process: what the control step compares keyward with. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import { findFreePort } from '../cluster/free-port.ts';
import {
  readTail,
  startSupervised,
  type SupervisedProcess,
} from '../cluster/supervised-process.ts';
import { untilTrue } from '../cluster/until-true.ts';
import { SandboxProblem } from '../processes/folder.ts';

export const RATIFY_VERSION = 'v1.4.4';

export interface RatifyOptions {
  /** The program, as scripts/build-tools.sh builds it. */
  readonly binary: string;
  /** Path of the kubeconfig of the cluster that holds its resources. */
  readonly kubeconfig: string;
  /** Its own, for its configuration, cache and log. */
  readonly folder: string;
  /** HTTPS_PROXY, SSL_CERT_FILE and AZURE_*: it gets these and no other variable of ours. */
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** `unavailable`: it could not find out, or did not say. */
export type RatifyAnswer =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string };

export interface RatifyProcess {
  /** What Gatekeeper would post to. */
  readonly url: string;
  readonly command: string;
  /** Asks as Gatekeeper's external data does. `image` may start with `[namespace]`. */
  verify(image: string): Promise<RatifyAnswer>;
  close(): Promise<void>;
}

/** Its controllers' metrics listen here and no flag of `ratify serve` moves them. */
const METRICS_PORT = 8080;

/**
 * Starts `ratify serve` with the CRD manager, plain HTTP on loopback, and its verify cache off (the command line's default; the Helm
 * chart's is 10 s).
 * @throws SandboxProblem when it does not come up.
 */
export async function startRatify(options: RatifyOptions): Promise<RatifyProcess> {
  await requireMetricsPort();
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const config = join(options.folder, 'config.json');
  writeFileSync(config, JSON.stringify({ executor: { verificationRequestTimeout: 10_000 } }));
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const logFile = join(options.folder, 'ratify.log');
  const args = ['serve', '--http', address, '--enable-crd-manager', '--config', config];
  const process = startSupervised({
    command: options.binary,
    // "0" is controller-runtime's word for none.
    args: [...args, '--health-port', '0'],
    env: {
      ...options.env,
      HOME: options.folder,
      RATIFY_CONFIG: options.folder,
      KUBECONFIG: options.kubeconfig,
      NO_PROXY: '127.0.0.1',
    },
    cwd: options.folder,
    logFile,
  });
  const url = `http://${address}/ratify/gatekeeper/v1/verify`;
  try {
    await awaitAnswer(process, { url, logFile, deadlineMs: options.deadlineMs ?? 30_000 });
  } catch (error) {
    await process.stop();
    throw error;
  }
  return {
    url,
    command: 'ratify serve --http 127.0.0.1:<port> --enable-crd-manager --config config.json',
    verify: (image) => verify(url, image),
    close: () => process.stop(),
  };
}

async function requireMetricsPort(): Promise<void> {
  const probe = createServer().listen(METRICS_PORT);
  try {
    await once(probe, 'listening');
  } catch {
    throw new SandboxProblem(
      `Ratify needs port ${METRICS_PORT} for its metrics and something holds it. Free it, or run without --cluster real`,
    );
  }
  probe.close();
  await once(probe, 'close');
}

interface Awaited {
  readonly url: string;
  readonly logFile: string;
  readonly deadlineMs: number;
}

async function awaitAnswer(process: SupervisedProcess, awaited: Awaited): Promise<void> {
  const { url, logFile, deadlineMs } = awaited;
  const isUp = await untilTrue(
    async () => {
      const answer = await post(url, []);
      return answer !== undefined;
    },
    { deadlineMs, giveUp: () => process.ended() !== undefined },
  );
  if (isUp) return;
  const how = process.ended() ?? 'no answer in time';
  throw new SandboxProblem(
    `Ratify did not come up (${how}). Its last lines:\n${await readTail(logFile)}`,
  );
}

const RESPONSE = z.object({
  response: z.object({
    systemError: z.string().optional(),
    items: z
      .array(
        z.object({
          key: z.string(),
          error: z.string().optional(),
          value: z.looseObject({ isSuccess: z.boolean() }).optional(),
        }),
      )
      .optional(),
  }),
});

async function verify(url: string, image: string): Promise<RatifyAnswer> {
  const body = await post(url, [image]);
  if (body === undefined) return { kind: 'unavailable', detail: 'Ratify did not answer' };
  return readAnswer(body, image);
}

/** Reads a Gatekeeper ProviderResponse. Anything but a clear word about this image is `unavailable`. */
export function readAnswer(body: string, image: string): RatifyAnswer {
  const parsed = RESPONSE.safeParse(parseJson(body));
  if (!parsed.success) return { kind: 'unavailable', detail: 'Ratify answered rubbish' };
  const { systemError, items = [] } = parsed.data.response;
  if (systemError !== undefined && systemError !== '')
    return { kind: 'unavailable', detail: systemError };
  const item = items.find(({ key }) => key === image);
  if (item?.error !== undefined && item.error !== '')
    return { kind: 'unavailable', detail: item.error };
  if (item?.value === undefined)
    return { kind: 'unavailable', detail: 'Ratify did not speak of this image' };
  return item.value.isSuccess
    ? { kind: 'allow' }
    : { kind: 'deny', detail: JSON.stringify(item.value).slice(0, 2_000) };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function post(url: string, keys: readonly string[]): Promise<string | undefined> {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
        kind: 'ProviderRequest',
        request: { keys },
      }),
      signal: AbortSignal.timeout(15_000),
    });
    return await answer.body.text();
  } catch {
    return undefined;
  }
}
