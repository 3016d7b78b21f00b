import { isSameJson } from '../../domain/canonical.ts';
import { RiskLevel } from '../../domain/risk.ts';
import type { HealthCheck, InstanceSettings } from '../../drivers/driver.ts';
import type { RiskFacts } from '../../tools/tool.ts';
import { programOf } from './health-program.ts';
import { instanceSpecSchema, toSettings, type InstanceSpec } from './instance-kind.ts';

/*
 * A model plans with the same tools as the rules, and what it was told to do by a text may be anything. So parameters
 * that name what runs on a host are taken at their word only where they stand in a spec; else a person says yes.
 */

/** Of a look by a health check: dangerous for a program that is no spec's own. */
export function riskOfCheck(healthCheck: HealthCheck | undefined, facts: RiskFacts): RiskLevel {
  const program = programOf(healthCheck);
  const isWritten =
    program === undefined || readSpecs(facts).some((spec) => isSameJson(programOf(spec.healthCheck), program));
  return isWritten ? RiskLevel.safe : RiskLevel.dangerous;
}

/** Of putting settings in place: dangerous for such as are, taken together, no spec's own. */
export function riskOfSettings(settings: InstanceSettings, facts: RiskFacts): RiskLevel {
  const isWritten = readSpecs(facts).some((spec) =>
    isSameJson(toSettings(spec), { ...settings, image: toWritten(settings.image, spec.image) }),
  );
  return isWritten ? RiskLevel.moderate : RiskLevel.dangerous;
}

/** The image that a spec writes is meant by the same pinned to some content of it, too. */
function toWritten(image: string, written: string): string {
  return image.startsWith(`${written}@sha256:`) ? written : image;
}

/** One that this release cannot read counts as not written. */
function readSpecs({ specs }: RiskFacts): readonly InstanceSpec[] {
  return specs.flatMap((spec) => {
    const read = instanceSpecSchema.safeParse(spec);
    return read.success ? [read.data] : [];
  });
}
