import { randomUUID } from 'node:crypto';
import { composeEvent } from './key-vault-events.ts';
import type { EventSchema, KeyEvent } from './key-vault-events.ts';

/** The part of the Service Bus stand-in that delivery needs. */
export interface EventTarget {
  enqueue(
    queue: string,
    body: unknown,
    options?: {
      readonly messageId?: string;
      readonly contentType?: string;
      readonly applicationProperties?: Readonly<Record<string, string | number | boolean>>;
    },
  ): unknown;
}

export interface EventGridOptions {
  readonly bus: EventTarget;
  readonly queue: string;
  readonly schema: EventSchema;
  /** For the `source` of the events; an all-zero subscription when absent. */
  readonly subscription?: string;
}

/** Switches for what a real topic does now and then. All off at first. */
export interface DeliverySwitches {
  /** Events are lost: nothing is delivered. */
  dropEvents: boolean;
  /** How many times each event is delivered, with the same MessageId; 1 at first. */
  copies: number;
  /** Milliseconds until delivery. */
  delayMs: number;
  /** Held back until `release()`, and then delivered newest first. */
  holdAndReverse: boolean;
  /** The message's content type, which Event Grid did not always set (azure.md 4.4). */
  withContentType: boolean;
}

export interface EventGrid {
  readonly switches: DeliverySwitches;
  publishNewVersion(event: KeyEvent): string;
  publishNearExpiry(event: KeyEvent): string;
  publishExpired(event: KeyEvent): string;
  publishAccessPolicyChanged(event: { readonly vaultUri: string }): string;
  /** Delivers what `holdAndReverse` held back. */
  release(): void;
  /** Events published, and deliveries made of them. */
  stats(): { readonly published: number; readonly delivered: number };
  /** Drops deliveries that still wait for their delay. */
  close(): void;
}

/**
 * A stand-in for a vault's system topic with one event subscription on a Service Bus queue: one event object per message, the
 * event's id as a MessageId that stays the same across redeliveries (azure.md 2, 4.4).
 */
export function createEventGrid(options: EventGridOptions): EventGrid {
  const switches: DeliverySwitches = {
    dropEvents: false,
    copies: 1,
    delayMs: 0,
    holdAndReverse: false,
    withContentType: false,
  };
  const timers = new Set<NodeJS.Timeout>();
  let held: (() => void)[] = [];
  let published = 0;
  let delivered = 0;

  const deliver = (id: string, body: unknown) => {
    for (let copy = 0; copy < switches.copies; copy += 1) {
      delivered += 1;
      options.bus.enqueue(options.queue, body, {
        messageId: id,
        ...(switches.withContentType ? { contentType: 'application/json; charset=utf-8' } : {}),
        applicationProperties: {
          'aeg-event-type': 'Notification',
          'aeg-subscription-name': 'KEYWARD',
          'aeg-delivery-count': String(copy),
          'aeg-metadata-version': '1',
          'aeg-data-version': '1',
        },
      });
    }
  };
  const publish = (type: string, event: KeyEvent | { readonly vaultUri: string }): string => {
    const id = randomUUID();
    published += 1;
    if (switches.dropEvents) return id;
    const { schema, subscription = '00000000-0000-0000-0000-000000000000' } = options;
    const body = composeEvent({ id, type, event, schema, subscription, at: new Date() });
    const send = () => {
      deliver(id, body);
    };
    if (switches.holdAndReverse) held.push(send);
    else if (switches.delayMs === 0) send();
    else {
      const timer = setTimeout(() => {
        timers.delete(timer);
        send();
      }, switches.delayMs);
      timers.add(timer);
    }
    return id;
  };

  return {
    switches,
    publishNewVersion: (event) => publish('Microsoft.KeyVault.KeyNewVersionCreated', event),
    publishNearExpiry: (event) => publish('Microsoft.KeyVault.KeyNearExpiry', event),
    publishExpired: (event) => publish('Microsoft.KeyVault.KeyExpired', event),
    publishAccessPolicyChanged: (event) =>
      publish('Microsoft.KeyVault.VaultAccessPolicyChanged', event),
    release: () => {
      const waiting = held.toReversed();
      held = [];
      for (const send of waiting) send();
    },
    stats: () => ({ published, delivered }),
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      held = [];
    },
  };
}
