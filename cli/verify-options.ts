import type { Command } from 'commander';

/** A value more of an option that may stand several times. (Commander's own `<value...>` would swallow the images.) */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('whether images are signed by keys that you trust; needs no cluster')
    .argument('<image...>', 'as a pod would name it: registry/repository[:tag][@sha256:…]')
    .option(
      '--key <file or azurekms://>',
      'a public key in PEM, or azurekms://VAULT-HOST/NAME[/VERSION]; several: any of them suffices',
      collect,
    )
    .option(
      '--config <file>',
      'Verifiers, key management providers, KeySets and KeyRevocations in YAML, or the configuration file of Ratify; several are read as one',
      collect,
    )
    .option(
      '--hash <hash>',
      'of keys that come from no vault: auto (what Key Vault uses for such a key) or sha256 (RSA-3072, RSA-4096 of cosign generate-key-pair)',
      'auto',
    )
    .option(
      '-a, --annotation <name=value>',
      'the signature that counts must carry it, signed; several: all of them',
      collect,
    )
    .option('--tlog <mode>', 'ignore, or require the transparency log, which is denied', 'ignore')
    .option('--plain-http', 'speak to the registries of the images without TLS')
    .option('-n, --namespace <name>', 'look at policies of tenants from this namespace')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (images: readonly string[], options: Record<string, unknown>) => {
      const { verifyCommand } = await import('./commands/verify.ts');
      process.exitCode = await verifyCommand(images, options);
    });
}
