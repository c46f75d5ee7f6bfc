import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { SandboxProblem } from '../processes/folder.ts';

/** The variables that say where real programs lie. */
export interface ToolEnvironment {
  readonly KUBEBUILDER_ASSETS?: string | undefined;
  readonly KEYWARD_TOOLS?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
}

export interface ClusterTools {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
}

/** Where scripts/build-tools.sh puts what it builds: the same rule in both. */
export function toolsFolder(environment: ToolEnvironment): string {
  const { KEYWARD_TOOLS, XDG_CACHE_HOME, HOME } = environment;
  if (KEYWARD_TOOLS !== undefined && KEYWARD_TOOLS !== '') return KEYWARD_TOOLS;
  const cache =
    XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === ''
      ? join(HOME ?? '/', '.cache')
      : XDG_CACHE_HOME;
  return join(cache, 'keyward', 'tools');
}

/** The path of a program in that folder, or undefined when it is not there or may not be run. */
export function findTool(environment: ToolEnvironment, name: string): string | undefined {
  return findIn(toolsFolder(environment), name);
}

/**
 * etcd, kube-apiserver and kubectl: all three from KUBEBUILDER_ASSETS when it is set, never a mixture of two releases.
 * @throws SandboxProblem with the next step when one is missing.
 */
export function findClusterTools(environment: ToolEnvironment): ClusterTools {
  const assets = environment.KUBEBUILDER_ASSETS;
  const isGiven = assets !== undefined && assets !== '';
  const folder = isGiven ? assets : toolsFolder(environment);
  const [etcd, kubeApiserver, kubectl] = ['etcd', 'kube-apiserver', 'kubectl'].map((name) =>
    findIn(folder, name),
  );
  if (etcd !== undefined && kubeApiserver !== undefined && kubectl !== undefined)
    return { etcd, kubeApiserver, kubectl };
  throw new SandboxProblem(
    isGiven
      ? `KUBEBUILDER_ASSETS (${folder}) lacks etcd, kube-apiserver or kubectl. Correct it, or unset it and run: scripts/build-tools.sh kube`
      : 'a real cluster needs etcd, kube-apiserver and kubectl, which are not built yet. Run: scripts/build-tools.sh kube (Go, about 4 minutes, once), or set KUBEBUILDER_ASSETS',
  );
}

function findIn(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}
