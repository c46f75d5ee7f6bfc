import { z } from 'zod';

/** A configuration that a program cannot start with. The message names every problem and repeats no value: some are secrets. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem';
}

/** Environment variables by name, each with a description: what docs/configuration.md is made from. */
export type ConfigShape = Readonly<Record<string, z.ZodType>>;

/**
 * Reads a program's configuration from its environment: defaults from the schema, all problems reported together, an empty variable
 * as if it were not there.
 * @throws ConfigProblem
 */
export function loadConfig<Shape extends ConfigShape>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape>> {
  const given = Object.keys(shape).flatMap((name) => {
    const value = environment[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const parsed = z.object(shape).safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${String(issue.path[0] ?? '')}: ${issue.message}`,
  );
  throw new ConfigProblem(
    `the configuration cannot be used:\n${problems.join('\n')}\nSee docs/configuration.md for each variable.`,
  );
}

export const portVariable = z.coerce.number().int().min(0).max(65_535);

/** A list with commas between; blanks around the items do not matter. */
export const listVariable = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
