/**
 * An in-process stand-in for kube-apiserver and etcd, good enough for kubectl, client-node and keyward's reflector.
 * It is no Kubernetes: nothing is scheduled, no controller runs, RBAC and CEL (x-kubernetes-validations, matchConditions,
 * ValidatingAdmissionPolicy) are not evaluated. test/contract/kube holds it to the real one.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdmission } from './admission.ts';
import type { Api } from './api-request.ts';
import { NAMESPACE_STORAGE_KEY } from './built-in-kinds.ts';
import { createFaultTable, type Faults } from './faults.ts';
import { formatApiVersion, type KubeLogger } from './objects.ts';
import type { PodEndpoints } from './pod-proxy.ts';
import { createRequestLog, type RequestRecord } from './request-log.ts';
import { createResourceRegistry } from './resource-registry.ts';
import { createListener } from './server.ts';
import { createStore, type Store } from './storage.ts';
import { prepareForCreate } from './strategy.ts';
import { createUsers, formatKubeconfig } from './users.ts';
import { createWatchHub } from './watch.ts';
import { createWebhookCaller, type ServiceEndpoints } from './webhook-call.ts';

/** What the stand-in needs of the sandbox's certificate authority. */
export interface CertificateIssuer {
  readonly caPem: string;
  issue(request: {
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
    readonly commonName: string;
  }): Promise<{ readonly certPem: string; readonly keyPem: string }>;
}

export interface KubeApiOptions {
  readonly certificates: CertificateIssuer;
  readonly logger?: KubeLogger;
  /** 0 (default) takes a free port. */
  readonly port?: number;
  /** Where webhook Services lead; a webhook with a Service that leads nowhere fails by its failurePolicy. */
  readonly serviceEndpoints?: ServiceEndpoints;
  /** Where `pods/<name>:<port>/proxy` leads. */
  readonly podEndpoints?: PodEndpoints;
  /** About 60 in a real server, the default here. */
  readonly bookmarkIntervalSeconds?: number;
  readonly now?: () => Date;
}

export interface KubeApi {
  readonly url: string;
  readonly caPem: string;
  readonly port: number;
  /** YAML with a bearer token for `user` (default `admin`); a user is made at first use. */
  readonly kubeconfig: (user?: string) => string;
  /** The newest requests, oldest first; a watch appears when it ends. */
  readonly requests: () => readonly RequestRecord[];
  /** Compacts history: a watch or continue token from before is answered with 410. */
  readonly compact: () => void;
  /** Sends a bookmark now to every watcher that asked for them. */
  readonly sendBookmarks: () => void;
  /** Open watch connections. */
  readonly watchCount: () => number;
  readonly faults: Faults;
  readonly close: () => Promise<void>;
}

const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

function createNamespaces(api: Pick<Api, 'registry' | 'now'>, store: Store): void {
  const resource = api.registry.byStorageKey(NAMESPACE_STORAGE_KEY);
  if (resource === undefined) return;
  for (const name of FIRST_NAMESPACES) {
    const apiVersion = formatApiVersion(resource.group, resource.version);
    const namespace = { apiVersion, kind: resource.kind, metadata: { name } };
    store.create(NAMESPACE_STORAGE_KEY, prepareForCreate(resource, namespace, api.now()));
  }
  // As on a real server, whose watch cache starts where the server started: revision 1 is always too old.
  store.compact();
}

/** @throws Error when the port is taken or the certificate cannot be made */
export async function startKubeApi(options: KubeApiOptions): Promise<KubeApi> {
  const now = options.now ?? (() => new Date());
  const store = createStore();
  const registry = createResourceRegistry(store);
  createNamespaces({ registry, now }, store);
  const caller = createWebhookCaller(options.serviceEndpoints ?? (() => []));
  const admission = createAdmission(store, caller);
  const watches = createWatchHub(store, options.bookmarkIntervalSeconds ?? 60);
  const users = createUsers();
  const faultTable = createFaultTable();
  const log = createRequestLog();
  const { certPem, keyPem } = await options.certificates.issue({
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1'],
  });
  const listener = createListener({
    api: { store, registry, admission, now },
    users,
    watches,
    faults: faultTable,
    log,
    podEndpoints: options.podEndpoints ?? (() => undefined),
    logger: options.logger,
  });
  const server = createServer(
    { cert: certPem, key: keyPem, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] },
    listener,
  );
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${String(port)}`;
  const { caPem } = options.certificates;

  return {
    url,
    caPem,
    port,
    kubeconfig: (user = 'admin') =>
      formatKubeconfig({ url, caPem, user, token: users.tokenOf(user) }),
    requests: () => log.list(),
    compact: () => store.compact(),
    sendBookmarks: () => watches.sendBookmarks(),
    watchCount: () => watches.count(),
    faults: {
      set: faultTable.set,
      clear: faultTable.clear,
      pauseWatches: watches.pause,
      resumeWatches: watches.resume,
      dropWatches: watches.drop,
    },
    async close() {
      watches.close();
      caller.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
