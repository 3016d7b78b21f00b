import { setTimeout as sleep } from 'node:timers/promises';
import { cannotHappen, happened, unknown } from '../../../src/index.ts';
import type { BrokenAgent } from './broken-agent.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test replaces any part of a definition
type Any = any;

/** What is found when steps are ended before their time. */
export const brokenAttempts: readonly BrokenAgent[] = [
  {
    check: 'cancelled-tool-ends',
    reason: 'it never looks at its signal',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          board.once(context, () => board.put(context.externalName, text));
          return {};
        },
      },
    }),
    says: 'went on although its signal was aborted',
  },
  {
    check: 'cancelled-tool-ends',
    reason: 'it looks at its signal when all is done',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          board.once(context, () => board.put(context.externalName, text));
          context.signal.throwIfAborted();
          return {};
        },
      },
    }),
    says: 'went on although its signal was aborted',
  },
  {
    check: 'cancelled-tool-ends',
    reason: 'it does not end',
    change: (board) => ({
      putNote: {
        execute: async (context: Any, { text }: Any) => {
          if (context.signal.aborted) await sleep(4_000, undefined, { ref: false });
          board.once(context, () => board.put(context.externalName, text));
          return {};
        },
      },
    }),
    says: 'after its signal was aborted',
  },
  {
    check: 'killed-before-effect',
    reason: 'its probe says yes to everything',
    change: () => ({ putNote: { probe: async () => happened({}) } }),
    says: 'claims an effect that never happened',
  },
  {
    check: 'killed-before-effect',
    reason: 'it says yes to everything, and that twice is the same as once',
    change: () => ({ putNote: { probe: async () => happened({}), conditional: true } }),
    says: 'claims an effect that never happened',
  },
  {
    check: 'killed-after-effect',
    reason: 'its probe never knows, and it may not be done again',
    change: () => ({ putNote: { probe: async () => unknown() } }),
    says: 'OUTCOME_UNKNOWN',
  },
  {
    check: 'killed-after-effect',
    reason: 'its probe says no to everything',
    change: (board) => ({
      putNote: {
        probe: async () => cannotHappen(),
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          board.put(context.externalName, text);
          return {};
        },
      },
    }),
    says: 'it was done twice',
  },
  {
    check: 'killed-after-effect',
    reason: 'twice is said to be the same as once, and is not',
    change: (board) => ({
      putNote: {
        conditional: true,
        probe: undefined,
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          board.put(context.externalName, `${board.read(context.externalName) === text ? text : ''}${text}`);
          return {};
        },
      },
    }),
    // A repair puts it again where it is already.
    options: { issues: {} },
    says: 'NOT_CONVERGED',
  },
  {
    check: 'late-attempt',
    reason: 'nothing holds back the first attempt, and twice is not the same as once',
    change: (board) => ({
      putNote: {
        conditional: true,
        execute: async (context: Any, { text }: Any) => {
          context.signal.throwIfAborted();
          board.once({ ...context, idempotencyKey: `${context.idempotencyKey}-${context.attempt}` }, () => undefined);
          board.put(context.externalName, text);
          board.once(context, () => undefined);
          return {};
        },
      },
    }),
    says: 'a late attempt acted once more',
  },
  {
    check: 'late-attempt',
    reason: 'its probe says that nothing can come of it, and holds nothing back',
    change: (board) => ({
      putNote: {
        probe: async (context: Any) => (board.settle({ ...context, attempt: 0 }) ? happened({}) : cannotHappen()),
      },
    }),
    says: 'nothing could come of the first attempt any more, and it acted',
  },
];
