import type { Policy } from '../../core/policy/policy.ts';
import { quote } from '../../core/verdict/quote.ts';
import type { ConfigObjects } from '../config/config-objects.ts';
import { formatPlace } from '../config/file-problem.ts';
import { showPath } from '../read-input-file.ts';
import type { KeySetOrigin } from './key-set-origin.ts';

/** What a person should know of what was given, although no verdict says it: what was left out, and why. */
export function notesOf(
  origins: Iterable<KeySetOrigin>,
  policies: readonly Policy[],
  config: ConfigObjects | undefined,
): readonly string[] {
  const unusable = [...origins].flatMap((origin) => {
    if (origin.kind !== 'file' || origin.file.unusable === undefined) return [];
    const { code, detail } = origin.file.unusable;
    return [`${showPath(origin.file.path)}: ${code}: ${detail}; it is left out`];
  });
  const unread = (config?.notes ?? []).map(
    ({ place, message }) => `${formatPlace(place)}: ${message}`,
  );
  const missing = policies
    .filter(({ keySets }) => keySets.length > 0)
    .flatMap(({ id, missingProviders = [] }) =>
      missingProviders.map(
        (name) =>
          `policy ${id}: the files given hold no key management provider ${quote(name)} that it may use`,
      ),
    );
  return [...unusable, ...unread, ...missing];
}
