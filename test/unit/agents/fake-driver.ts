import type { Driver, InstanceFacts } from '../../../src/drivers/driver.ts';
import { absent, present, type Observation } from '../../../src/domain/outcome.ts';

const unexpected = async (): Promise<never> => {
  throw new Error('planning asks the driver for nothing but a look');
};

/** A driver that sees what it is told to see and fails on every effect. */
export function createFakeDriver(seen: Partial<InstanceFacts> | Observation<InstanceFacts> | undefined): Driver {
  const observation =
    seen === undefined
      ? absent()
      : 'type' in seen
        ? seen
        : present<InstanceFacts>({
            state: 'running',
            settings: { image: 'app', command: ['run'], env: {}, ports: [], files: {}, scratch: [], type: 'small' },
            imageDigest: 'd'.repeat(64),
            starts: 1,
            limitsEnforced: true,
            ...seen,
          });
  return {
    name: 'process',
    placement: 'host',
    observe: async () => observation,
    provision: unexpected,
    configure: unexpected,
    clearSpace: unexpected,
    start: unexpected,
    stop: unexpected,
    restart: unexpected,
    terminate: unexpected,
    probe: unexpected,
    readLogs: unexpected,
    list: unexpected,
  };
}
