import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Approach } from './approach.ts';
import { layOut } from './by-hand.ts';
import type { SupervisorMessage, SupervisorNote } from './supervisor-main.ts';

/** Has the services kept by a supervisor in a process of its own, which restarts what fails and does nothing else. */
export function createRestart(folder: string): Approach {
  mkdirSync(folder, { recursive: true });
  const journal = join(folder, 'journal.jsonl');
  const supervisor = fork(fileURLToPath(new URL('supervisor-main.ts', import.meta.url)), [journal]);
  // Each service that is let go of listens for a moment.
  supervisor.setMaxListeners(0);
  const ended = once(supervisor, 'exit');
  const tell = (message: SupervisorMessage) => void supervisor.send(message);
  const readJournal = (): readonly SupervisorNote[] =>
    existsSync(journal)
      ? readFileSync(journal, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as SupervisorNote)
      : [];
  return {
    name: 'restart',
    folderOf: ({ name }) => join(folder, name),
    async deploy(services) {
      for (const service of services) {
        const how = layOut(service, join(folder, service.name));
        if (!service.isStopped) tell({ type: 'keep', launch: how });
      }
    },
    isAtRest: async () => true,
    report: async () => undefined,
    async said(services, since) {
      const notes = readJournal().filter(
        ({ at, service }) => at >= since && services.some(({ name }) => name === service),
      );
      const names = [...new Set(notes.map(({ service }) => service))];
      return {
        provesRepairs: false,
        transcript: notes,
        findings: names.map((service) => ({
          service,
          says: notes.filter((note) => note.service === service).map(({ why }) => why),
          proven: false,
        })),
      };
    },
    async remove(services) {
      const letGo = services.map(
        ({ name }) =>
          new Promise<void>((resolve) => {
            const hear = (told: unknown): void => {
              if (told !== name) return;
              supervisor.off('message', hear);
              resolve();
            };
            supervisor.on('message', hear);
            tell({ type: 'let-go', name });
          }),
      );
      await Promise.race([Promise.all(letGo), ended]);
    },
    async stop() {
      supervisor.disconnect();
      await ended;
    },
  };
}
