import { setTimeout as sleep } from 'node:timers/promises';
import { HomeostatError } from '../domain/failure.ts';
import { isSameResource } from '../domain/identity.ts';
import type { AnyKind } from '../domain/kind.ts';
import { kindOf } from './target.ts';
import type { Trial } from './trial.ts';
import { within } from './within.ts';

/** A watch may look around first; who starts one looks himself, so nothing is expected of that time. */
const beginsWithinMs = 1_000;
const tellsWithinMs = 3_000;
const endsWithinMs = 2_000;

export interface StartedWatch {
  /** To be called when the resource has changed. Ends the watch; throws when it told of nothing or does not end. */
  judge(): Promise<void>;
  /** Ends the watch, judged or not: one that goes on would keep the test's process from ending. */
  end(): void;
}

/** Starts the kind's own watch, where it has one. */
export async function startWatch(trial: Trial): Promise<StartedWatch | undefined> {
  const kind = kindOf(trial);
  if (kind.watch === undefined) return undefined;
  const ending = new AbortController();
  let onChange = () => {};
  const ended = kind
    .watch({ signal: ending.signal, log: trial.log }, (key) => {
      if (isSameResource(key, trial.resource)) onChange();
    })
    .catch(() => undefined);
  await sleep(beginsWithinMs);
  const told = new Promise<void>((resolve) => {
    onChange = resolve;
  });
  return {
    async judge() {
      const heard = await within(told, tellsWithinMs);
      ending.abort();
      const end = await within(ended, endsWithinMs);
      if (heard === 'too-long')
        throw fault(kind, 'a change at the target was not told of', 'call changed(key) for it, or leave watch out');
      if (end === 'too-long') throw fault(kind, 'goes on after its signal was aborted', 'end when it is aborted');
    },
    end: () => ending.abort(),
  };
}

function fault({ kind }: AnyKind, problem: string, remedy: string): HomeostatError {
  return new HomeostatError('INVALID_KIND', { path: `${kind}.watch`, problem, remedy });
}
