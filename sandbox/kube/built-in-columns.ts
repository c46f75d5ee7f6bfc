/** Table columns of the built-in kinds (what `kubectl get` prints), the subset a reader of the sandbox meets. */
import { formatAge } from './human-duration.ts';
import { isRecord, readPath, type KubeObject } from './objects.ts';
import type { TableColumn } from './resource-definition.ts';

type Cell = TableColumn['cell'];

function column(name: string, cell: Cell, more: Partial<TableColumn> = {}): TableColumn {
  return { name, type: 'string', format: '', description: '', priority: 0, cell, ...more };
}

function at(path: string, missing: unknown = '<none>'): Cell {
  const keys = path.split('.');
  return (object) => readPath(object, keys) ?? missing;
}

function wide(name: string, path: string): TableColumn {
  return column(name, at(path), { priority: 1 });
}

function listAt(object: KubeObject, path: readonly string[]): readonly unknown[] {
  const found = readPath(object, path);
  return Array.isArray(found) ? found : [];
}

export const NAME_COLUMN: TableColumn = column('Name', (object) => object.metadata.name, {
  format: 'name',
});
export const AGE_COLUMN: TableColumn = column('Age', (object, now) =>
  formatAge(object.metadata.creationTimestamp, now),
);

const count = (path: string): Cell => at(path, 0);

const containerStatuses = (object: KubeObject): readonly unknown[] =>
  listAt(object, ['status', 'containerStatuses']);

const readyContainers: Cell = (object) => {
  const ready = containerStatuses(object).filter((one) => isRecord(one) && one['ready'] === true);
  return `${String(ready.length)}/${String(listAt(object, ['spec', 'containers']).length)}`;
};

const restarts: Cell = (object) =>
  String(
    containerStatuses(object).reduce<number>(
      (sum, one) => sum + (isRecord(one) ? Number(one['restartCount'] ?? 0) : 0),
      0,
    ),
  );

const podStatus: Cell = (object) =>
  object.metadata.deletionTimestamp === undefined
    ? (readPath(object, ['status', 'phase']) ?? 'Unknown')
    : 'Terminating';

const ofReplicas = (ready: string, wanted: string): Cell => {
  const readyCell = count(ready);
  const wantedCell = count(wanted);
  return (object, now) => `${String(readyCell(object, now))}/${String(wantedCell(object, now))}`;
};

const text = (value: unknown, missing: string): string =>
  typeof value === 'string' ? value : missing;

const images: Cell = (object) =>
  listAt(object, ['spec', 'template', 'spec', 'containers'])
    .map((one) => (isRecord(one) ? one['image'] : ''))
    .join(',');

const ports: Cell = (object) =>
  listAt(object, ['spec', 'ports'])
    .map((one) => (isRecord(one) ? `${String(one['port'])}/${text(one['protocol'], 'TCP')}` : ''))
    .join(',') || '<none>';

const size = (path: string): Cell => {
  const keys = path.split('.');
  return (object) => {
    const found = readPath(object, keys);
    if (Array.isArray(found)) return found.length;
    return isRecord(found) ? Object.keys(found).length : 0;
  };
};

const involved: Cell = (object) =>
  `${String(readPath(object, ['involvedObject', 'kind'])).toLowerCase()}/${String(readPath(object, ['involvedObject', 'name']))}`;

const lastSeen: Cell = (object, now) =>
  formatAge(
    object['lastTimestamp'] ?? object['eventTime'] ?? object.metadata.creationTimestamp,
    now,
  );

const IMAGES = column('Images', images, { priority: 1 });

const MIDDLE: Readonly<Record<string, readonly TableColumn[]>> = {
  Pod: [
    column('Ready', readyContainers),
    column('Status', podStatus),
    column('Restarts', restarts),
  ],
  Namespace: [column('Status', at('status.phase'))],
  Service: [
    column('Type', at('spec.type')),
    column('Cluster-IP', at('spec.clusterIP')),
    column('External-IP', () => '<none>'),
    column('Port(s)', ports),
  ],
  Deployment: [
    column('Ready', ofReplicas('status.readyReplicas', 'spec.replicas')),
    column('Up-to-date', count('status.updatedReplicas')),
    column('Available', count('status.availableReplicas')),
  ],
  ReplicaSet: [
    column('Desired', count('spec.replicas')),
    column('Current', count('status.replicas')),
    column('Ready', count('status.readyReplicas')),
  ],
  StatefulSet: [column('Ready', ofReplicas('status.readyReplicas', 'spec.replicas'))],
  DaemonSet: [
    column('Desired', count('status.desiredNumberScheduled')),
    column('Ready', count('status.numberReady')),
  ],
  Job: [column('Completions', ofReplicas('status.succeeded', 'spec.completions'))],
  CronJob: [column('Schedule', at('spec.schedule')), column('Suspend', at('spec.suspend', false))],
  Secret: [column('Type', at('type')), column('Data', size('data'))],
  ConfigMap: [column('Data', size('data'))],
  Lease: [column('Holder', at('spec.holderIdentity', ''))],
  ValidatingWebhookConfiguration: [column('Webhooks', size('webhooks'))],
  MutatingWebhookConfiguration: [column('Webhooks', size('webhooks'))],
};

const AFTER_AGE: Readonly<Record<string, readonly TableColumn[]>> = {
  Pod: [
    wide('IP', 'status.podIP'),
    wide('Node', 'spec.nodeName'),
    wide('Nominated Node', 'status.nominatedNodeName'),
    column('Readiness Gates', () => '<none>', { priority: 1 }),
  ],
  Deployment: [IMAGES],
  ReplicaSet: [IMAGES],
  StatefulSet: [IMAGES],
  DaemonSet: [IMAGES],
};

const CRD_COLUMNS: readonly TableColumn[] = [
  NAME_COLUMN,
  column('Created At', (object) => object.metadata.creationTimestamp),
];

const EVENT_COLUMNS: readonly TableColumn[] = [
  column('Last Seen', lastSeen),
  column('Type', at('type')),
  column('Reason', at('reason')),
  column('Object', involved),
  column('Message', (object) => object['message'] ?? object['note'] ?? ''),
];

export function columnsOf(kind: string): readonly TableColumn[] {
  if (kind === 'CustomResourceDefinition') return CRD_COLUMNS;
  if (kind === 'Event') return EVENT_COLUMNS;
  return [NAME_COLUMN, ...(MIDDLE[kind] ?? []), AGE_COLUMN, ...(AFTER_AGE[kind] ?? [])];
}
