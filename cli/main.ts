import { Command, CommanderError } from 'commander';
import { endOnFault, endWithReader } from './end-process.ts';
import { addExamples } from './examples.ts';
import { addRegistryFlags } from './registry-flags.ts';
import { addVerify } from './verify-options.ts';

/**
 * The composition root of the command line. Each command is imported when it is called, so that `keyward sandbox` prints its first line
 * at once and a webhook replica never loads what it does not need.
 */
function createProgram(): Command {
  const program = new Command('keyward')
    .description(
      'Keeps trusted image-signing keys in step with Azure Key Vault, and refuses images that no longer deserve trust.',
    )
    .showHelpAfterError('Run with --help to see what it takes.')
    .exitOverride();

  program
    .command('worker')
    .description('run the worker: vault → KeySets and Ratify (configured by KEYWARD_* variables)')
    .action(async () => {
      const { runWorker } = await import('../worker/main.ts');
      process.exitCode = await runWorker(process.env);
    });
  program
    .command('webhook')
    .description('run one admission webhook replica (configured by KEYWARD_* variables)')
    .action(async () => {
      const { runWebhook } = await import('../webhook/main.ts');
      process.exitCode = await runWebhook(process.env);
    });
  program
    .command('revoke')
    .description('refuse a key version everywhere, now; needs nothing but the API server')
    .argument('<key>', 'azurekms://VAULT-HOST/NAME/VERSION, or sha256:FINGERPRINT')
    .requiredOption('--reason <word>', 'why, one word for the record: leaked, retired, test, …')
    .option('--note <text>', 'a sentence for those who read it later')
    .option('--replica <url...>', 'ask these replicas for confirmation (their metrics address)')
    .option('--timeout <seconds>', 'how long to wait for confirmation', '10')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (key: string, options: Record<string, unknown>) => {
      const { revokeCommand } = await import('./commands/revoke.ts');
      process.exitCode = await revokeCommand(key, options);
    });
  program
    .command('diff')
    .description(
      'what keyward.dev/manage=patch would write to a KeyManagementProvider, before it does',
    )
    .argument('<kmp>', 'its name; NAMESPACE/NAME for a NamespacedKeyManagementProvider')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (name: string, options: Record<string, unknown>) => {
      const { diffCommand } = await import('./commands/diff.ts');
      process.exitCode = await diffCommand(name, options);
    });
  program
    .command('impact')
    .description('which running pods depend on a key version')
    .argument('<key>', 'azurekms://VAULT-HOST/NAME/VERSION, or sha256:FINGERPRINT')
    .option('-n, --namespace <name>', 'look at one namespace only')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (key: string, options: Record<string, unknown>) => {
      const { impactCommand } = await import('./commands/impact.ts');
      process.exitCode = await impactCommand(key, options);
    });
  const explain = program
    .command('explain')
    .description(
      'the whole story behind the verdict of a cluster on an image: policies, signatures, keys tried',
    )
    .argument('<image>', 'registry/repository[:tag][@sha256:…], as in a pod')
    .option('-n, --namespace <name>', 'as seen from it (default: default)');
  addRegistryFlags(explain)
    .option('-o, --output <format>', 'text (default) or json')
    .action(async (image: string, options: Record<string, unknown>) => {
      endOnFault();
      const { explainCommand } = await import('./commands/explain.ts');
      process.exitCode = await explainCommand(image, options);
    });
  addVerify(program);
  program
    .command('sandbox')
    .description(
      'the whole story on this machine, with stand-ins for Azure and the cluster; then it stays up',
    )
    .option('--once', 'end after the story: 0 when every step came out as expected, else 1')
    .option('--json', 'with --once: print one JSON document instead')
    .option('--port <number>', 'port of the page; 0 takes a free one', '7070')
    .option(
      '--cluster <kind>',
      'stand-in, or real: real etcd, kube-apiserver and Ratify',
      'stand-in',
    )
    .option('--dir <folder>', 'where .keyward is made', '.')
    .action(async (options: Record<string, unknown>) => {
      const { sandboxCommand } = await import('./commands/sandbox.ts');
      process.exitCode = await sandboxCommand(options);
    });
  for (const command of program.commands) addExamples(command);
  return program;
}

function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof Error && ['UsageProblem', 'ConfigProblem'].includes(error.name);
  process.stderr.write(`keyward: ${message}\n`);
  return isUsage ? 2 : 1;
}

endWithReader();
try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error);
}
