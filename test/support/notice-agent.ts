import { externalNameOf } from '../../src/domain/kind.ts';
import {
  absent,
  defineAgent,
  defineKind,
  defineTool,
  HomeostatError,
  present,
  unreachable,
  z,
  type Agent,
} from '../../src/index.ts';

/** What a test does to notices, and sees of them, from inside the process that hangs them. */
export interface NoticeWorld {
  /** Until it lifts nobody sees whether a notice hangs. */
  isFoggy: boolean;
  /** Torn, by their own check. */
  readonly torn: Set<string>;
  /** Cannot be hung. */
  readonly tooHeavy: Set<string>;
  /** Are no more hung, and announced alone. */
  readonly calledOut: Set<string>;
  /** External names of notices whose next announcement loses its answer: nobody can prove what became of it. */
  readonly losesAnswer: Set<string>;
  /** The same, and a fog rises with it. */
  readonly raisesFog: Set<string>;
  /** What was done, in order: `announce <external name>` and `hang <external name> <by>`. */
  readonly done: string[];
}

/**
 * Notices are announced before they hang. Where nobody listens that is skipped; a signed one says by whom it was announced.
 * What an announcement came to is never seen.
 */
export function createNoticeAgent(world: NoticeWorld): Agent {
  const hanging = new Set<string>();
  const nothing = z.strictObject({});
  const announceNotice = defineTool({
    name: 'announce_notice',
    description: 'Tells people of a notice',
    riskLevel: 'moderate',
    effect: 'write',
    onFailure: 'skip',
    parameters: z.strictObject({ isHeard: z.boolean() }),
    result: z.strictObject({ by: z.string() }),
    async execute({ externalName }, { isHeard }) {
      if (!isHeard) throw new HomeostatError('EFFECT_REFUSED', { problem: 'nobody listens' });
      world.done.push(`announce ${externalName}`);
      if (world.raisesFog.delete(externalName)) world.isFoggy = true;
      else if (!world.losesAnswer.delete(externalName)) return { by: 'the crier' };
      throw new Error('no answer');
    },
  });
  const hangNotice = defineTool({
    name: 'hang_notice',
    description: 'Hangs a notice',
    riskLevel: 'moderate',
    effect: 'write',
    conditional: true,
    parameters: z.strictObject({ by: z.string() }),
    result: nothing,
    async execute({ externalName }, { by }) {
      if (world.tooHeavy.has(externalName)) throw new HomeostatError('EFFECT_REFUSED', { problem: 'too heavy' });
      world.done.push(`hang ${externalName} ${by}`);
      hanging.add(externalName);
      world.torn.delete(externalName);
      return {};
    },
  });
  const Notice = defineKind({
    kind: 'Notice',
    spec: z.strictObject({ isHeard: z.boolean().default(true), isSigned: z.boolean().default(false) }),
    status: nothing,
    async observe({ signal }, { externalName }) {
      signal.throwIfAborted();
      if (world.isFoggy) return unreachable('fog');
      return hanging.has(externalName) ? present({}) : absent();
    },
    wanted: () => ({}),
    issues: {
      torn: {
        async check({ signal }, { externalName }) {
          signal.throwIfAborted();
          return world.torn.has(externalName) ? { isGood: false, detail: 'torn' } : { isGood: true, detail: 'whole' };
        },
      },
    },
  });
  return defineAgent({
    name: 'notices',
    purpose: 'Hangs notices',
    kinds: [Notice],
    tools: [announceNotice, hangNotice],
    rules: {
      Notice: {
        create({ desired }) {
          const { spec } = desired;
          if (world.calledOut.has(externalNameOf(desired.resource))) return [announceNotice.step({ isHeard: true })];
          const announced = announceNotice.step({ isHeard: spec.isHeard });
          return [announced, hangNotice.step({ by: spec.isSigned ? announced.result.by : 'nobody' })];
        },
        heal: {
          torn: () => [announceNotice.step({ isHeard: true }), hangNotice.step({ by: 'nobody' })],
        },
      },
    },
  });
}
