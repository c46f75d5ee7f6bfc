import type { Kube } from '../platform/kube/kube.ts';
import type { Control } from './control/control.ts';
import type { EventGrid } from './event-grid/event-grid.ts';
import type { Replicas } from './replicas.ts';
import type { RegistryStandIn } from './registry/registry.ts';
import type { ServiceBus } from './bus/service-bus.ts';
import type { CommandResult } from './processes/cli.ts';
import type { WorkerControl } from './processes/programs.ts';
import type { Publisher } from './publish.ts';
import type { Narrator } from './story/narrator.ts';
import type { VaultStandIn } from './vault/vault.ts';

/** Everything a step of the story may touch: the stand-ins, the running keyward, and the person watching. */
export interface Stage {
  readonly say: Narrator;
  readonly signal: AbortSignal;
  readonly versions: Readonly<Record<string, string>>;
  readonly folder: string;
  /** The API as an administrator. */
  readonly kube: Kube;
  readonly vault: VaultStandIn;
  readonly bus: ServiceBus;
  readonly eventGrid: EventGrid;
  readonly registry: RegistryStandIn;
  readonly replicas: Replicas;
  readonly control: Control;
  readonly publisher: Publisher;
  readonly worker: WorkerControl;
  /** Runs the real `bin/keyward` with the sandbox's environment. */
  keyward(args: readonly string[]): Promise<CommandResult>;
}
