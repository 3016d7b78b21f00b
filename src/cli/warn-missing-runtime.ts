import { findMissingRuntime, type RuntimeSigns } from '../starters/missing-runtime.ts';
import type { OutputFormat } from './global-options.ts';
import { sayBeside } from './say-beside.ts';

/** Tells people, beside the result, that what was said will be done later; answers whether it is so. */
export async function warnIfRuntimeIsMissing(signs: RuntimeSigns, output: OutputFormat): Promise<boolean> {
  const missing = await findMissingRuntime(signs);
  if (missing === undefined) return false;
  sayBeside(output, `${missing.problem}: it will be done when one starts — ${missing.remedy}`);
  return true;
}
