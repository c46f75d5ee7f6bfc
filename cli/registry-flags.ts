import type { Command } from 'commander';

/** What the commands that look at images in registries can be told. Read by `open-registry.ts`. */
export function addRegistryFlags(command: Command): Command {
  return command
    .option('--plain-http', 'no TLS to the registries named here')
    .option('--insecure-skip-tls-verify', 'take any certificate of a registry')
    .option('--signature-repository <r>', 'where signatures are, if not beside images');
}
