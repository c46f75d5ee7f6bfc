import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { STEP_IDS } from '../../sandbox/story/step.ts';

jest.setTimeout(90_000);
const KEYWARD = join(import.meta.dirname, '..', '..', 'bin', 'keyward');

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  waitForLine(text: string): Promise<void>;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-e2e-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function startSandbox(...args: string[]): Run {
  const child = spawn(KEYWARD, ['sandbox', '--dir', folder, ...args], { stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  const waiting: { text: string; found: () => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    for (const wait of waiting) if (line.includes(wait.text)) wait.found();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  return {
    child,
    ended,
    waitForLine: (text) =>
      Promise.race([
        new Promise<void>((found) => {
          waiting.push({ text, found });
          if (stdout.includes(text)) found();
        }),
        ended.then((result) => {
          throw new Error(`it ended before "${text}": ${JSON.stringify(result)}`);
        }),
      ]),
  };
}

/** Processes whose command line names our folder or our programs under the given parent are found through the group's children. */
async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/u.test(entry)) continue;
    try {
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent === pid) found.push(Number(entry));
    } catch {
      // it ended while we looked
    }
  }
  return found;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the story', () => {
  it('comes out as expected in all eight steps and prints one JSON document', async () => {
    const { code, stdout, stderr } = await startSandbox('--once', '--json', '--port', '0').ended;
    expect(stderr).toBe('');
    const story = JSON.parse(stdout) as {
      ok: boolean;
      steps: { id: string; ok: boolean; detail: { commands: { kind: string; text: string }[] } }[];
    };
    expect(story.steps.filter((step) => !step.ok)).toEqual([]);
    expect(story.steps.map((step) => step.id)).toEqual([...STEP_IDS]);
    expect(story.ok).toBe(true);
    expect(code).toBe(0);
    expect(story.steps.flatMap((step) => step.detail.commands).length).toBeGreaterThan(8);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the sandbox', () => {
  it('ends on SIGTERM at any moment and leaves no process and no folder', async () => {
    for (const moment of ['keyward sandbox', 'Page http', 'Rotation']) {
      const run = startSandbox('--port', '0');
      await run.waitForLine(moment);
      const children = await childrenOf(run.child.pid!);
      run.child.kill('SIGTERM');
      const { stderr } = await run.ended;
      expect(stderr).toBe('');
      expect(children.filter(isAlive)).toEqual([]);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('does not disturb another one in the same folder', async () => {
    const runs = [1, 2].map(() => startSandbox('--once', '--json', '--port', '0'));
    for (const { ended } of runs) {
      const { code, stdout, stderr } = await ended;
      expect({ code, stderr, ok: (JSON.parse(stdout) as { ok: boolean }).ok }).toEqual({
        code: 0,
        stderr: '',
        ok: true,
      });
    }
  });

  it('says in one sentence that Node is too old and the pinned one absent', async () => {
    // A checkout after `npm ci --ignore-scripts`, on a machine whose own Node is 20.
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await copyFile(join(KEYWARD, '..', 'node'), join(bin, 'node'));
    await mkdir(join(folder, 'path'));
    const old = '#!/bin/sh\nexit 1\n';
    await writeFile(join(folder, 'path', 'node'), old, { mode: 0o755 });
    const run = spawnSync(join(bin, 'node'), ['anything.ts'], {
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'path')}:${process.env['PATH'] ?? ''}` },
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^keyward: needs Node 22\.19 or later; .* Run: npm ci\n$/u);
  });

  it('says in one sentence that the port of the page is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await startSandbox('--once', '--port', String(port)).ended;
    server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^keyward sandbox: port \d+ of the page cannot be used \(EADDRINUSE\)\. Take another: .*\n$/u,
    );
  });

  it('says in one sentence that its folder cannot be written', async () => {
    const { code, stderr } = await startSandbox('--once', '--dir', '/proc').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^keyward sandbox: cannot write \S+ \(\w+\)\. Run it from a folder .*\n$/u,
    );
  });

  it('refuses options that make no sense, with exit code 2', async () => {
    for (const args of [['--json'], ['--port', 'x'], ['--cluster', 'imaginary'], ['--nonsense']]) {
      const { code, stderr } = await startSandbox(...args).ended;
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).not.toContain('    at ');
    }
  });
});
