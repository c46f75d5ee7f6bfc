import { describe, expect, it, jest } from '@jest/globals';
import { runKeyward } from '../../../sandbox/processes/cli.ts';

jest.setTimeout(60_000);

const COMMANDS = ['worker', 'webhook', 'revoke', 'diff', 'impact', 'explain', 'verify', 'sandbox'];
const VERSION = 'azurekms://contoso.vault.azure.net/cosign-key/3f9a';
/** Nothing there: a command that would reach a cluster says so. */
const NOWHERE = { KUBECONFIG: '/nonexistent/kubeconfig' };

describe('help', () => {
  it('lists every command, and ends with 0', async () => {
    const { code, stdout, stderr } = await runKeyward(['--help'], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'mu'));
  });

  it.each([
    ['worker', [] as string[]],
    ['webhook', []],
    ['revoke', ['--reason <word>', '--note <text>', '--replica <url...>', '--output <format>']],
    ['diff', ['--output <format>']],
    ['impact', ['--namespace <name>', '--output <format>']],
    ['explain', ['--namespace <name>', '--plain-http', '--output <format>']],
    [
      'verify',
      [
        '--key <key>',
        '--config <file>',
        '--hash <hash>',
        '-a, --annotation <k=v>',
        '--tlog <mode>',
        '--plain-http',
        '--insecure-skip-tls-verify',
        '--signature-repository <r>',
        '--namespace <name>',
        '--output <format>',
      ],
    ],
    ['sandbox', ['--once', '--json', '--port <number>', '--cluster <kind>', '--dir <folder>']],
  ])('of %s names its options, and ends with 0', async (command, options) => {
    const { code, stdout, stderr } = await runKeyward([command, '--help'], NOWHERE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: keyward ${command}`);
    for (const option of options) expect(stdout).toContain(option);
    // One screen, with what comes out and how it ends.
    expect(stdout.split('\n').length).toBeLessThanOrEqual(42);
  });

  it.each(['explain', 'verify'])('of %s has examples and exit codes', async (command) => {
    const { stdout } = await runKeyward([command, '--help'], NOWHERE);
    expect(stdout).toMatch(/^Examples:\n {2}keyward /mu);
    expect(stdout).toMatch(/^Exit code: 0 .*1 .*2 usage/mu);
  });
});

describe('a mistake of the person at the keyboard', () => {
  it.each<[string, string[], RegExp]>([
    ['no command', [], /^Usage: keyward/u],
    ['a command that is none', ['revok'], /unknown command 'revok'/u],
    ['no argument', ['impact'], /missing required argument 'key'/u],
    ['no reason', ['revoke', VERSION], /--reason <word>/u],
    [
      'a key without its version',
      ['revoke', VERSION.slice(0, -5), '--reason', 'leaked'],
      /names no version/u,
    ],
    ['a format that is none', ['diff', 'kmp', '-o', 'yaml'], /"text"\|"json"/u],
  ])(
    'ends with 2 and one word on what is wrong, before any cluster is asked: %s',
    async (_, args, words) => {
      const { code, stdout, stderr } = await runKeyward(args, NOWHERE);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(words);
      expect(stderr).not.toMatch(/^ {4}at |kubeconfig/mu);
    },
  );

  it('in the environment of the webhook ends with 2, all problems together', async () => {
    const env = { KEYWARD_LISTEN_PORT: 'hunter2', KEYWARD_DEFAULT_ENFORCEMENT: 'Deny' };
    const { code, stderr } = await runKeyward(['webhook'], env);
    expect(code).toBe(2);
    expect(stderr).toMatch(/KEYWARD_LISTEN_PORT: [\s\S]*KEYWARD_DEFAULT_ENFORCEMENT: /u);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('a cluster that cannot be reached', () => {
  it.each([
    ['revoke', [VERSION, '--reason', 'leaked']],
    ['webhook', []],
  ])('ends %s with 1 and one sentence', async (command, args) => {
    const { code, stdout, stderr } = await runKeyward([command, ...args], NOWHERE);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^keyward: the kubeconfig cannot be used: .+\n$/u);
  });
});

describe('a fault that nobody caught', () => {
  // Runs in the process of keyward, and strikes once it is ready for it.
  const strike = `setInterval(() => {
    if (process.listenerCount('uncaughtException') > 0) throw new Error('some secret');
  }, 1)`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(strike)}`;

  it('ends verify with 3: one line, no verdict, and nothing of the fault', async () => {
    // A key that never comes.
    const args = ['verify', 'app:v1', '--key', '/dev/stdin'];
    const { code, stdout, stderr } = await runKeyward(args, { NODE_OPTIONS });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^keyward: it failed \(Error\), and knows nothing[^\n]+\n$/u);
  });
});
