import { isSameJson } from '../../domain/canonical.ts';
import type { HealthCheck } from '../../drivers/driver.ts';

/** The program that a health check runs on the runtime's host; undefined for one that only asks. */
export function programOf(check: HealthCheck | undefined): readonly string[] | undefined {
  return check?.type === 'exec' ? check.command : undefined;
}

interface Checked {
  readonly healthCheck?: HealthCheck | undefined;
}

/**
 * What an instance is looked at by. A program that was not let through yet is not run: the check in force holds until it is,
 * and where there was none, that it runs. Its status then says another program than is wanted, and a plan follows.
 */
export function checkOf({
  spec: { healthCheck },
  inForce,
}: {
  readonly spec: Checked;
  readonly inForce?: Checked | undefined;
}): HealthCheck | undefined {
  const program = programOf(healthCheck);
  const isLetThrough = program === undefined || isSameJson(program, programOf(inForce?.healthCheck));
  return isLetThrough ? healthCheck : inForce?.healthCheck;
}
