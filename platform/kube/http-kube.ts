import { request } from 'undici';
import type { SharedAgentConfig } from './connection.ts';
import { KubeError, isKubeError, kubeErrorFromStatus, kubeErrorFromThrown } from './kube-error.ts';
import type { Kube, KubeObject, KubePatch, WriteOptions } from './kube.ts';
import { apiVersionOf, resourcePath, type Resource } from './resources.ts';
import { readWatchEvents } from './watch.ts';

const FIELD_MANAGER = 'keyward';
const PATCH_TYPES: Readonly<Record<KubePatch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
/** A dead connection gives no sign: bookmarks come about once a minute, so this much silence means reconnect. */
const WATCH_SILENCE_SECONDS = 90;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

interface ListAnswer {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

export interface KubeOptions {
  /** Bound of each call other than a watch. */
  readonly timeoutSeconds?: number;
  readonly userAgent?: string;
  /** 0 ≤ r < 1, for jitter. */
  readonly random?: () => number;
}

/** {@link Kube} over HTTPS. */
export class HttpKube implements Kube {
  readonly server: string;
  readonly #config: SharedAgentConfig;
  readonly #timeoutSeconds: number;
  readonly #userAgent: string;
  readonly #random: () => number;

  constructor(config: SharedAgentConfig, options: KubeOptions) {
    this.#config = config;
    this.server = (config.getCurrentCluster()?.server ?? '').replace(/\/+$/, '');
    this.#timeoutSeconds = options.timeoutSeconds ?? 10;
    this.#userAgent = options.userAgent ?? 'keyward';
    this.#random = options.random ?? Math.random;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the port's own shape: the caller names the item
  list: Kube['list'] = async <T>(resource: Resource, options: Parameters<Kube['list']>[1] = {}) => {
    const { namespace, limit, signal } = options;
    const answer = await this.#json<ListAnswer>({
      method: 'GET',
      path: resourcePath(resource, namespace === undefined ? {} : { namespace }),
      query: {
        limit: limit?.toString(),
        continue: options.continue,
        resourceVersion: options.resourceVersion,
        labelSelector: options.labelSelector,
      },
      signal,
    });
    const version = answer.metadata?.resourceVersion;
    if (typeof version !== 'string' || !Array.isArray(answer.items ?? []))
      throw new KubeError('BAD_RESPONSE', `the list of ${resource.plural} is not a list`);
    const next = answer.metadata?.continue;
    return {
      items: (answer.items ?? []) as T[],
      resourceVersion: version,
      ...(next === undefined || next === '' ? {} : { continue: next }),
    };
  };

  get: Kube['get'] = async <T>(resource: Resource, place: Parameters<Kube['get']>[1]) => {
    try {
      const path = resourcePath(resource, place);
      return await this.#json<T>({ method: 'GET', path, signal: place.signal });
    } catch (error) {
      // A 404 without the API server's word for it says nothing about the object: a provider that seemed gone would lose its trust.
      if (isKubeError(error, 'NOT_FOUND') && error.reason === 'NotFound') return undefined;
      throw error;
    }
  };

  create: Kube['create'] = async <T>(
    resource: Resource,
    object: object,
    options: WriteOptions = {},
  ) => {
    const { namespace } = metadataOf(object);
    return await this.#json<T>({
      method: 'POST',
      path: resourcePath(resource, namespace === undefined ? {} : { namespace }),
      query: writeQuery(options),
      body: typed(resource, object),
      signal: options.signal,
    });
  };

  replace: Kube['replace'] = async <T>(
    resource: Resource,
    object: object,
    options: WriteOptions = {},
  ) => {
    const { subresource } = options;
    return await this.#json<T>({
      method: 'PUT',
      path: resourcePath(resource, {
        ...metadataOf(object),
        ...(subresource === undefined ? {} : { subresource }),
      }),
      query: writeQuery(options),
      body: typed(resource, object),
      signal: options.signal,
    });
  };

  patch: Kube['patch'] = async <T>(
    resource: Resource,
    place: Parameters<Kube['patch']>[1],
    patch: KubePatch,
  ) =>
    await this.#json<T>({
      method: 'PATCH',
      path: resourcePath(resource, place),
      query: {
        fieldManager: patch.fieldManager ?? FIELD_MANAGER,
        force: patch.type === 'apply' && patch.force === true ? 'true' : undefined,
      },
      body: patch.body,
      contentType: PATCH_TYPES[patch.type],
      signal: place.signal,
    });

  delete: Kube['delete'] = async (resource, place) => {
    const { preconditions, signal } = place;
    try {
      await this.#json({
        method: 'DELETE',
        path: resourcePath(resource, place),
        body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions },
        signal,
      });
    } catch (error) {
      if (!isKubeError(error, 'NOT_FOUND')) throw error;
    }
  };

  async *watch(resource: Resource, options: Parameters<Kube['watch']>[1]) {
    const timeoutSeconds = 240 + Math.floor(this.#random() * 60);
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    };
    const { namespace, signal } = options;
    const path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    try {
      const answer = await this.#send(
        { method: 'GET', path, query, signal },
        WATCH_SILENCE_SECONDS,
      );
      if (answer.statusCode !== 200) {
        const body = await answer.body.text();
        throw kubeErrorFromStatus(answer.statusCode, body, headerOf(answer.headers['retry-after']));
      }
      yield* readWatchEvents(answer.body);
    } catch (error) {
      throw kubeErrorFromThrown(error, this.server);
    }
  }

  raw: Kube['raw'] = async (method, path, body, signal) => {
    const answer = await this.#exchange({ method, path, body, signal });
    return { status: answer.status, body: answer.body };
  };

  close = async (): Promise<void> => {
    await this.#config.close();
  };

  async #json<T>(call: Call): Promise<T> {
    const answer = await this.#exchange(call);
    if (answer.status < 200 || answer.status > 299)
      throw kubeErrorFromStatus(answer.status, answer.body, answer.retryAfter);
    try {
      const value: unknown = JSON.parse(answer.body);
      if (typeof value === 'object' && value !== null) return value as T;
    } catch {
      // falls through to the one refusal below
    }
    throw new KubeError('BAD_RESPONSE', `the API server's answer to ${call.path} is not an object`);
  }

  async #exchange(
    call: Call,
  ): Promise<{ status: number; body: string; retryAfter: string | undefined }> {
    const timeout = AbortSignal.timeout(this.#timeoutSeconds * 1000);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    try {
      const answer = await this.#send({ ...call, signal }, this.#timeoutSeconds);
      const body = await answer.body.text();
      const retryAfter = headerOf(answer.headers['retry-after']);
      return { status: answer.statusCode, body, retryAfter };
    } catch (error) {
      throw kubeErrorFromThrown(error, this.server);
    }
  }

  async #send(call: Call, silenceSeconds: number) {
    const { headers, dispatcher } = await this.#config.authorize();
    const url = new URL(this.server + call.path);
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined && value !== '') url.searchParams.set(name, value);
    return await request(url, {
      method: call.method,
      dispatcher,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': this.#userAgent,
        ...(call.body === undefined
          ? {}
          : { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      headersTimeout: this.#timeoutSeconds * 1000,
      bodyTimeout: silenceSeconds * 1000,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  }
}

function metadataOf(object: object): { namespace?: string; name: string } {
  return (object as KubeObject).metadata;
}

function typed(resource: Resource, object: object): object {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return {
    fieldManager: options.fieldManager ?? FIELD_MANAGER,
    dryRun: options.dryRun === true ? 'All' : undefined,
  };
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
