import type { Command } from 'commander';
import { endOnFault, endProcess } from './end-process.ts';
import { addRegistryFlags } from './registry-flags.ts';

/** A value more of an option that may stand several times. (Commander's own `<value...>` would swallow the images.) */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('whether images are signed by keys that you trust; needs no cluster')
    .argument('<image...>', 'registry/repository[:tag][@sha256:…], as in a pod')
    .option('--key <key>', 'public key file, or azurekms://HOST/NAME[/VERSION]', collect)
    .option('--config <file>', 'policies: resources of Ratify or keyward', collect)
    .option('--hash <hash>', 'of keys in files: auto (default) or sha256')
    .option('-a, --annotation <k=v>', 'the signature must carry it, signed', collect)
    .option('--tlog <mode>', 'ignore (default); require: always denied');
  addRegistryFlags(command)
    .option('-n, --namespace <name>', 'see --config from this namespace')
    .option('-o, --output <format>', 'text (default) or json')
    .action(async (images: readonly string[], options: Record<string, unknown>) => {
      endOnFault();
      const { verifyCommand } = await import('./commands/verify.ts');
      await endProcess(await verifyCommand(images, options));
    });
}
