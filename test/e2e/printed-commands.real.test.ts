import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(240_000);

const KEYWARD = join(import.meta.dirname, '..', '..', 'bin', 'keyward');
const CACHE = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const TOOLS = process.env['KEYWARD_TOOLS'] ?? join(CACHE, 'keyward', 'tools');
/** The programs that a person would have, and where the project's scripts put them. */
const PROGRAMS = {
  kubectl: join(TOOLS, 'kubectl'),
  cosign: join(TOOLS, 'cosign-v2.6.1'),
  az: join(TOOLS, 'azure-cli', 'bin', 'az'),
};
const missing = Object.values(PROGRAMS).filter((path) => !existsSync(path));
if (missing.length > 0)
  console.warn(
    `SKIPPED: the printed commands are not run: ${missing.join(', ')} missing; run scripts/build-tools.sh all and scripts/install-azure-cli.sh`,
  );

interface Printed {
  readonly commands: readonly string[];
  readonly environmentFile: string;
}

/** Commands by their marks; what follows two blanks is a remark of the story. */
function readPrinted(lines: readonly string[]): Printed {
  const commands = lines.flatMap((line) => {
    const match = /^(?:\d .{0,20}|\s*)[$=] (?<command>(?:kubectl|keyward|cosign|az) .*)$/u.exec(
      line,
    );
    const command = match?.groups?.['command']?.split('  ')[0]?.trim();
    return command === undefined ? [] : [command];
  });
  const source = lines.map((line) => /source ([^\s)]+)/u.exec(line)?.[1]).find(Boolean);
  return { commands, environmentFile: source ?? '' };
}

/** What has to be so before a command can be typed again after the story. */
function preparation(command: string): string {
  const pod = /^kubectl run (\S+)/u.exec(command)?.[1];
  return pod === undefined ? 'true' : `kubectl delete pod ${pod} --ignore-not-found --now`;
}

/** What the story had refused, and what its leak has refused since. */
const DENIALS: readonly (readonly [string, string])[] = [
  ['demo-unsigned', 'NO_SIGNATURE'],
  ['demo-signed', 'KEY_DISABLED'],
];
const expectedDenial = (command: string): string | undefined =>
  DENIALS.find(([pod]) => command.includes(pod))?.[1];

(missing.length > 0 ? describe.skip : describe)('every command that the sandbox prints', () => {
  let folder: string;
  let sandbox: ChildProcess;
  let printed: Printed;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyward-printed-'));
    await mkdir(join(folder, 'bin'));
    for (const [name, path] of Object.entries(PROGRAMS))
      await symlink(path, join(folder, 'bin', name));
    sandbox = spawn(KEYWARD, ['sandbox', '--port', '0', '--dir', folder], { stdio: 'pipe' });
    const lines: string[] = [];
    const reader = createInterface({ input: sandbox.stdout! });
    for await (const line of reader) {
      lines.push(line);
      if (line.startsWith('Ctrl-C')) break;
    }
    printed = readPrinted(lines);
  });
  afterAll(async () => {
    if (sandbox.exitCode === null) {
      sandbox.kill('SIGTERM');
      await once(sandbox, 'close');
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('runs as printed, on the real kubectl, cosign and az', () => {
    expect(printed.commands.map((command) => command.split(' ')[0])).toEqual(
      expect.arrayContaining(['kubectl', 'keyward', 'cosign', 'az']),
    );
    expect(printed.commands.length).toBeGreaterThan(12);
    const failures = printed.commands.flatMap((command) => {
      const script = `source ${printed.environmentFile} && ${preparation(command)} && ${command}`;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
        encoding: 'utf8',
        timeout: 60_000,
        env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder },
      });
      const said = `${stdout}\n${stderr}`;
      const denial = expectedDenial(command);
      const isRight =
        denial === undefined
          ? status === 0
          : status === 1 && said.includes(`denied the request`) && said.includes(denial);
      return isRight ? [] : [`${command}\n  exit ${status}: ${said.trim().slice(0, 800)}`];
    });
    expect(failures).toEqual([]);
  });
});
