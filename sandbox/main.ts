import { tellStory } from './story/tell.ts';
import { createNarrator, type Narrator } from './story/narrator.ts';
import type { StoryReport } from './story/step.ts';
import { SandboxProblem } from './processes/folder.ts';
import { startSandbox, type Sandbox } from './sandbox.ts';
import { startPage, type Page } from './page/page.ts';
import { readPageContent } from './page/content.ts';

export interface SandboxOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly port: number;
  readonly cluster: 'stand-in' | 'real';
  readonly dir: string;
}

function watchSignals(stop: AbortController): () => void {
  const onSignal = (): void => stop.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}

function introduce(say: Narrator, sandbox: Sandbox, page: Page): void {
  say.line(
    `REAL      worker, webhook ×${sandbox.stage.replicas.count} (TLS, a process each), BullMQ on PGlite, Azure SDK clients, every signature check${sandbox.real ? `\n          ${sandbox.real}` : ''}`,
  );
  say.line(
    `STAND-IN  Key Vault, Service Bus, Event Grid, registry${sandbox.real ? '' : ', Kubernetes API'}`,
  );
  say.line(
    `Page ${page.url}     export KUBECONFIG=${sandbox.kubeconfig}     (for all tools: source ${sandbox.environmentFile})`,
  );
  say.line('$ was run as printed   = is your equivalent of what was run\n');
}

function invite(say: Narrator, sandbox: Sandbox): void {
  const image = `${sandbox.stage.registry.host}/net-monitor:v2`;
  say.line(`Still running. Your turn, after: source ${sandbox.environmentFile}`);
  say.equivalent('kubectl get keysets -A');
  say.equivalent(`keyward explain ${image}`);
  say.equivalent(
    `cosign verify --key ${sandbox.publicKeyFile()} --insecure-ignore-tlog=true --new-bundle-format --trusted-root ${sandbox.trustedRootFile} ${image}`,
  );
  say.plain('Ctrl-C ends it and leaves nothing behind.');
}

async function tell(
  options: SandboxOptions,
  stop: AbortController,
  write: (line: string) => void,
): Promise<StoryReport> {
  const began = performance.now();
  const lines: string[] = [];
  const say = createNarrator((line) => {
    lines.push(line);
    write(line);
  });
  await using sandbox = await startSandbox({ ...options, say, signal: stop.signal });
  const page = await startPage(options.port, () => readPageContent(sandbox.stage, lines));
  try {
    introduce(say, sandbox, page);
    const report = await tellStory(sandbox.stage, began);
    if (!options.once && !stop.signal.aborted) {
      invite(say, sandbox);
      await new Promise((resolve) =>
        stop.signal.addEventListener('abort', resolve, { once: true }),
      );
    }
    return report;
  } finally {
    await page.close();
  }
}

/** Runs the sandbox until the story ends (`once`) or a signal comes. Gives the exit code. */
export async function runSandbox(options: SandboxOptions): Promise<number> {
  const stop = new AbortController();
  const unwatch = watchSignals(stop);
  const write = options.json
    ? () => undefined
    : (line: string) => process.stdout.write(`${line}\n`);
  try {
    const report = await tell(options, stop, write);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    if (stop.signal.aborted) return options.once ? 130 : 0;
    return report.ok ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    if (!(error instanceof SandboxProblem)) throw error;
    process.stderr.write(`keyward sandbox: ${error.message}\n`);
    return 1;
  } finally {
    unwatch();
  }
}
