import { RESOURCES } from '../../platform/kube/resources.ts';
import { parseKeySet } from '../../platform/kube/schemas.ts';
import { readReplicaStatus } from '../../cli/replica-status.ts';
import type { Stage } from '../stage.ts';
import type { PageContent } from './page.ts';

/** Versions with their states as the API server holds them, what each replica has applied, and the story so far. */
export async function readPageContent(
  stage: Stage,
  lines: readonly string[],
): Promise<PageContent> {
  const [page, statuses] = await Promise.all([
    stage.kube.list<unknown>(RESOURCES.keySets),
    Promise.all(stage.replicas.statusUrls.map((url) => readReplicaStatus(url))),
  ]);
  const keySets = page.items
    .map(parseKeySet)
    .flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
  return {
    title: 'keyward sandbox',
    sections: [
      {
        heading: 'Key versions',
        columns: ['key set', 'version', 'state', 'since', 'why'],
        rows: keySets.flatMap((keySet) =>
          keySet.status.versions.map((version) => [
            `${keySet.namespace}/${keySet.name}`,
            `${version.name}/${version.version}`,
            version.state,
            version.since,
            version.reason,
          ]),
        ),
      },
      {
        heading: 'Webhook replicas',
        columns: ['replica', 'ready', 'trusted versions', 'revocations'],
        rows: statuses.map((status, index) => [
          String(index + 1),
          status === undefined ? 'does not answer' : String(status.ready),
          (status?.keySets ?? [])
            .flatMap((keySet) => keySet.versions)
            .filter((version) => version.state === 'trusted')
            .map((version) => version.version.slice(0, 8))
            .join(', '),
          (status?.revocations ?? []).map((revocation) => revocation.name).join(', '),
        ]),
      },
    ],
    lines,
  };
}
