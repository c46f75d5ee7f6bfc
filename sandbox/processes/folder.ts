import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SandboxFolder {
  readonly path: string;
  /** Writes a file below the folder (0600) and gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** A problem a person can mend: its message is one sentence and the next step; it is printed without a stack trace. */
export class SandboxProblem extends Error {
  override readonly name = 'SandboxProblem';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The file with the owner's pid is what decides: it is made in one step, so that of two that start at once one gets the folder. Not
 * `recursive`: in a file system like /proc Node then tries for ever.
 */
function claim(path: string): boolean {
  const owner = ownerOf(path);
  if (owner !== undefined && isAlive(owner)) return false;
  if (owner !== undefined) rmSync(path, { recursive: true, force: true });
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    writeFileSync(join(path, 'pid'), String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(path, 'pid'), 'utf8'), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    return undefined;
  }
}

/**
 * Claims `.keyward` below `parent`, or `.keyward-<pid>` where another sandbox has it, so that two never share a file. What a sandbox
 * that died left behind is removed first.
 */
export function claimFolder(parent: string): SandboxFolder {
  const shared = join(parent, '.keyward');
  let path = shared;
  try {
    if (!claim(shared)) {
      path = join(parent, `.keyward-${process.pid}`);
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { mode: 0o700 });
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SandboxProblem(
      `cannot write ${path} (${code}). Run it from a folder that you may write, or name one: npm start -- --dir FOLDER`,
    );
  }
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
