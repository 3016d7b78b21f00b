import { join } from 'node:path';
import type { Approach } from './approach.ts';
import { launch, layOut } from './by-hand.ts';

/** Starts the services, and then leaves them alone. */
export function createNothing(folder: string): Approach {
  return {
    name: 'nothing',
    folderOf: ({ name }) => join(folder, name),
    async deploy(services) {
      for (const service of services) {
        const how = layOut(service, join(folder, service.name));
        if (!service.isStopped) launch(how).unref();
      }
    },
    isAtRest: async () => true,
    report: async () => undefined,
    said: async () => ({ findings: [], provesRepairs: false, transcript: 'nothing' }),
    remove: async () => undefined,
    stop: async () => undefined,
  };
}
