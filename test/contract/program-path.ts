import { findTool } from '../../sandbox/cluster/cluster-tools.ts';

/** Where scripts/build-tools.sh put a program. @throws Error when it is not there */
export function programPath(program: string): string {
  const path = findTool(process.env, program);
  if (path === undefined) throw new Error(`${program} is not built: run scripts/build-tools.sh`);
  return path;
}
