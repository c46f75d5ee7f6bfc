/** Real programs that a suite is held to. One that is not installed skips its suite with a line that says what to run. */
import { describe } from '@jest/globals';
import { findClusterTools, findTool } from '../../sandbox/cluster/cluster-tools.ts';

export interface Peers {
  /** Names as scripts/build-tools.sh gives them; `kube` stands for etcd, kube-apiserver and kubectl. */
  readonly programs: readonly string[];
  /** The group of scripts/build-tools.sh that builds them. */
  readonly group: string;
}

function whyMissing(program: string, group: string): string | undefined {
  if (program !== 'kube') {
    const isThere = findTool(process.env, program) !== undefined;
    return isThere ? undefined : `${program} is not built. Run: scripts/build-tools.sh ${group}`;
  }
  try {
    findClusterTools(process.env);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * `describe`, or `describe.skip` when a program is missing: then the tests count as skipped and standard error says why,
 * `--silent` or not.
 */
export function describeWith(
  suite: string,
  { programs, group }: Peers,
): (title: string, declare: () => void) => void {
  const missing = programs.map((program) => whyMissing(program, group));
  const [reason] = missing.filter((one) => one !== undefined);
  if (reason === undefined) return describe;
  process.stderr.write(`\nSKIPPED, NOT CHECKED: ${suite}: ${reason}\n\n`);
  return describe.skip;
}
