import type { Measurement } from '../../domain/measurement.ts';
import type { InstanceUsage } from '../../drivers/driver.ts';

const told: readonly (Omit<Measurement, 'value'> & { readonly field: keyof InstanceUsage })[] = [
  { field: 'cpuSeconds', name: 'cpu', unit: 'seconds', type: 'counter' },
  { field: 'memoryBytes', name: 'memory', unit: 'bytes', type: 'gauge' },
  { field: 'processes', name: 'processes', unit: '', type: 'gauge' },
  { field: 'readBytes', name: 'disk_read', unit: 'bytes', type: 'counter' },
  { field: 'writtenBytes', name: 'disk_written', unit: 'bytes', type: 'counter' },
  { field: 'diskFreeBytes', name: 'disk_free', unit: 'bytes', type: 'gauge' },
];

/** What an instance uses, as measurements: those its system tells. Never the network, which is not counted by process. */
export function toMeasurements(usage: InstanceUsage | undefined): readonly Measurement[] {
  return told.flatMap(({ field, ...how }) => {
    const value = usage?.[field];
    return value === undefined ? [] : [{ ...how, value }];
  });
}
