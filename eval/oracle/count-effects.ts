import { readNotes } from '../stage/notes.ts';
import { findProcess } from '../stage/process-table.ts';
import type { Look } from './look.ts';
import type { Effect, OracleMessage, WatchedService } from './verdict.ts';

type Strangers = Extract<OracleMessage, { type: 'fault-is-in' }>['strangers'];

/** Two processes of one service for longer than this are no handing over. */
const handingOverMs = 6_000;

/** Counts what somebody did to the services, from what can be seen of it. */
export interface EffectCounter {
  /** From now on starts count. What is there now is what was there before. */
  begin(looks: readonly Look[]): void;
  /** From now on changes of files count too. */
  faultIsIn(looks: readonly Look[], strangers: Strangers): void;
  add(looks: readonly Look[]): void;
  /** The last look; who ended without a word and has no successor was ended by somebody. */
  end(looks: readonly Look[]): readonly Effect[];
}

export function createEffectCounter(services: readonly WatchedService[], type: 'fault' | 'control'): EffectCounter {
  const effects: Effect[] = [];
  let before: readonly Look[] = [];
  let strangers: readonly (Strangers[number] & { readonly process: string | undefined })[] = [];
  let last: readonly Look[] = [];
  let putInAt = Infinity;
  const doubleSince = new Map<string, number>();
  const told = new Set<string>();

  const tell = (service: WatchedService, what: string, at = Date.now(), wrong?: string): void => {
    const id = `${service.name} ${what}`;
    if (told.has(id)) return;
    told.add(id);
    const why =
      wrong ?? (service.mayTouch ? undefined : type === 'control' ? 'nothing was wrong' : 'is not the culprit');
    effects.push({ at, service: service.name, what, ...(why === undefined ? {} : { wrong: why }) });
  };
  const countStarts = (service: WatchedService, index: number, { starts, alive, orders }: Look): void => {
    for (const start of starts.slice(before[index]!.starts.length)) {
      tell(service, `was started (process ${start.pid})`, start.at);
    }
    if (orders !== before[index]!.orders) tell(service, 'its orders were changed', Date.now(), 'customers lose data');
    if (alive.length < 2) doubleSince.delete(service.name);
    else if (!doubleSince.has(service.name)) doubleSince.set(service.name, Date.now());
    if (Date.now() - (doubleSince.get(service.name) ?? Infinity) > handingOverMs) {
      tell(service, 'runs twice', Date.now(), 'two of one service');
    }
  };
  const add = (looks: readonly Look[]): void => {
    for (const [index, service] of services.entries()) countStarts(service, index, looks[index]!);
    for (const { pid, until = Infinity, mayBeEnded, process } of strangers) {
      if (mayBeEnded || Date.now() > until - 500 || findProcess(pid) === process) continue;
      tell(services[0]!, `a stranger (process ${pid}) was ended`, Date.now(), 'is no business of ours');
    }
  };
  return {
    begin(looks) {
      before = looks;
    },
    faultIsIn(looks, brought) {
      last = looks;
      putInAt = Date.now();
      strangers = brought.map((stranger) => ({ ...stranger, process: findProcess(stranger.pid) }));
    },
    add(looks) {
      add(looks);
      for (const [index, service] of services.entries()) {
        const { files, newest } = looks[index]!;
        const earlier = last[index];
        // Another folder is another start.
        if (earlier === undefined || earlier.newest?.cwd !== newest?.cwd) continue;
        for (const file of service.files) {
          if (files[file] === earlier.files[file]) continue;
          tell(service, `${file} was changed (${earlier.files[file]} to ${files[file]})`);
        }
      }
      if (last.length > 0) last = looks;
    },
    end(looks) {
      add(looks);
      for (const [index, service] of services.entries()) {
        const was = before[index]!;
        const { newest, alive } = looks[index]!;
        if (was.alive.length === 0 || newest?.pid !== was.newest?.pid || alive.length > 0) continue;
        const lastWord = readNotes(service.notesFolder).findLast(({ pid }) => pid === newest?.pid);
        const wasAsked = lastWord?.type === 'asked-to-end' && lastWord.at > putInAt;
        // A fault may have ended the culprit without anybody's doing; it ends no other, and a control has none.
        if (!service.mayTouch || wasAsked) tell(service, 'was ended, and not started again');
      }
      return effects;
    },
  };
}
