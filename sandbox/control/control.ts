/** The control of the story's leak: what the same leak does to today's set-up, Ratify with a KMP edited by hand. */
import { join } from 'node:path';
import type { ToolEnvironment } from '../cluster/cluster-tools.ts';
import { SandboxProblem } from '../processes/folder.ts';
import { loadRecordedControl, type ControlWord } from './recorded-control.ts';
import {
  startRatifyControl,
  type RatifyControl,
  type RatifyControlOptions,
} from './ratify-control.ts';
import { RATIFY_VERSION, type RatifyAnswer } from './ratify.ts';

export interface ControlledImage {
  /** `registry/repository:tag`. */
  readonly image: string;
  readonly digest: string;
  /** The key version that signed it and is about to leak. */
  readonly version: string;
}

export interface ControlAnswer {
  readonly answer: ControlWord;
  /** For people: where the answer comes from. */
  readonly source: string;
}

export interface Control {
  /** Call while the version is enabled: writes the KMP, once, and asks. */
  before(controlled: ControlledImage): Promise<ControlAnswer>;
  /** Call after the version was disabled: asks again. */
  after(controlled: ControlledImage, before: ControlAnswer): Promise<ControlAnswer>;
  close(): Promise<void>;
}

export interface ControlOptions {
  /** With `real`, the real Ratify runs; without, its recorded run is quoted. */
  readonly cluster: { readonly real?: string };
  /** `process.env`: where the real programs lie. */
  readonly environment: ToolEnvironment;
  readonly azure: {
    readonly entra: RatifyControlOptions['entra'];
    readonly egress: { readonly url: string };
    readonly registry: { readonly host: string };
  };
  readonly folder: { readonly path: string };
  readonly caFile: string;
}

/**
 * The real Ratify, starting in the background while the story goes on, or its recorded run. When the real one cannot start, the recorded run
 * is quoted and the answer says why.
 */
export function createControl({
  cluster,
  environment,
  azure,
  folder,
  caFile,
}: ControlOptions): Promise<Control> {
  if (cluster.real === undefined) return Promise.resolve(createRecordedControl());
  const starting = startRatifyControl({
    environment,
    folder: join(folder.path, 'control'),
    registry: azure.registry.host,
    caFile,
    egressUrl: azure.egress.url,
    entra: azure.entra,
  });
  return Promise.resolve(createLiveControl(starting));
}

/** Quotes the recorded run. */
export function createRecordedControl(because?: string): Control {
  const quote = async (which: 'answerBefore' | 'answerAfter'): Promise<ControlAnswer> => {
    const recorded = await loadRecordedControl();
    const run = `Ratify ${recorded.version}, run recorded on ${recorded.date}`;
    return {
      answer: recorded[which],
      source: because === undefined ? run : `${run}; not live: ${because}`,
    };
  };
  return {
    before: () => quote('answerBefore'),
    after: () => quote('answerAfter'),
    close: () => Promise.resolve(),
  };
}

function createLiveControl(starting: Promise<RatifyControl>): Control {
  // Awaited in `before`; until then a failure must not count as unhandled.
  starting.catch(() => undefined);
  let fallback: Control | undefined;
  const ask = async (image: ControlledImage): Promise<ControlAnswer> => {
    const ratify = await starting;
    return readControlAnswer(await ratify.verify(atDigest(image)));
  };
  return {
    async before(image) {
      try {
        const ratify = await starting;
        await ratify.trust(image.version);
        return await ask(image);
      } catch (error) {
        if (!(error instanceof SandboxProblem)) throw error;
        fallback = createRecordedControl(error.message.split('\n')[0]);
        return await fallback.before(image);
      }
    },
    after: (image, before) => fallback?.after(image, before) ?? ask(image),
    async close() {
      const ratify = await starting.catch(() => undefined);
      await ratify?.close();
    },
  };
}

export const WORDS = {
  allow: 'ALLOW',
  deny: 'DENY',
  unavailable: 'UNAVAILABLE',
} as const satisfies Record<RatifyAnswer['kind'], ControlWord>;

function readControlAnswer(answer: RatifyAnswer): ControlAnswer {
  const source = `real Ratify ${RATIFY_VERSION}, just now`;
  return {
    answer: WORDS[answer.kind],
    source: answer.kind === 'unavailable' ? `${source}: ${answer.detail}` : source,
  };
}

/** As Gatekeeper's mutation leaves it: without the tag, `repository@digest`. */
export function atDigest({ image, digest }: Pick<ControlledImage, 'image' | 'digest'>): string {
  const slash = image.lastIndexOf('/');
  const colon = image.indexOf(':', slash);
  return `${colon === -1 ? image : image.slice(0, colon)}@${digest}`;
}
