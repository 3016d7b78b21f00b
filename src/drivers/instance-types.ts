import { HomeostatError } from '../domain/failure.ts';
import { ownValue } from '../domain/own-value.ts';

/** What a size allows an instance to use. */
export interface InstanceLimits {
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** The sizes a spec may name. The `cx` names are those of a common cloud, kept so that specs written for it work. */
export const instanceTypes: Readonly<Record<string, InstanceLimits>> = {
  nano: { cpus: 0.25, memoryMiB: 256 },
  micro: { cpus: 0.5, memoryMiB: 512 },
  small: { cpus: 1, memoryMiB: 2_048 },
  medium: { cpus: 2, memoryMiB: 4_096 },
  large: { cpus: 4, memoryMiB: 8_192 },
  cx11: { cpus: 1, memoryMiB: 2_048 },
  cx21: { cpus: 2, memoryMiB: 4_096 },
  cx31: { cpus: 2, memoryMiB: 8_192 },
  cx41: { cpus: 4, memoryMiB: 16_384 },
};

/** The limits of a size; `INVALID_VALUE` names the known ones. */
export function limitsOfInstanceType(type: string): InstanceLimits {
  const limits = ownValue(instanceTypes, type);
  if (limits !== undefined) return limits;
  throw new HomeostatError('INVALID_VALUE', {
    path: 'spec.type',
    problem: 'not a size',
    got: type,
    remedy: `choose one of ${Object.keys(instanceTypes).join(', ')}`,
  });
}
