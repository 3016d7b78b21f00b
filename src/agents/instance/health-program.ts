import type { HealthCheck } from '../../drivers/driver.ts';

/** The program that a health check runs on the runtime's host; undefined for one that only asks. */
export function programOf(check: HealthCheck | undefined): readonly string[] | undefined {
  return check?.type === 'exec' ? check.command : undefined;
}
