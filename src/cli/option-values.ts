import { InvalidArgumentError } from 'commander';

/** Gathers an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Reads a whole number from 0 to `most` that an option was given, and refuses anything else with `problem`. */
export function wholeNumber(problem = 'It must be a whole number.', most = 1e15): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && value <= most) return value;
    throw new InvalidArgumentError(problem);
  };
}
