import { findMissingRuntime, type RuntimeSigns } from '../starters/missing-runtime.ts';

/** Tells, beside the result, that what was said will be done later; answers whether it is so. */
export async function warnIfRuntimeIsMissing(signs: RuntimeSigns): Promise<boolean> {
  const missing = await findMissingRuntime(signs);
  if (missing === undefined) return false;
  process.stderr.write(`note       ${missing.problem}: it will be done when one starts — ${missing.remedy}\n`);
  return true;
}
