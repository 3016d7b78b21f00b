import { setTimeout as sleep } from 'node:timers/promises';
import {
  absent,
  cannotHappen,
  defineAgent,
  defineKind,
  defineTool,
  happened,
  HomeostatError,
  inProgress,
  present,
  unknown,
  unreachable,
  z,
} from '../../src/index.ts';
import type { Agent, ToolContext } from '../../src/index.ts';
import { passTestGate } from './gates.ts';

/**
 * An agent whose things live in the effect server, for tests of the core: `Widget` asks for a size and is made in as
 * many steps as it says. Its effects are keyed and can be probed, unless `plain`.
 */
export interface WidgetAgentOptions {
  readonly effectServer: string;
  /** Nobody can ask what became of an effect. */
  readonly plain?: boolean;
  readonly timeoutMs?: number;
  /** Only the host that made a widget can look at it, from this size on. */
  readonly hostBoundFrom?: number;
  /** Large widgets are made by an isolated tool, which spins for as long as this file is there. */
  readonly spinWhile?: string;
  /** What making a widget of this name gives back. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Making widgets gives back as many characters as would fill the memory. */
  readonly floods?: boolean;
}

/** Widgets are large from this size on. */
export const largeSize = 500;
/** Rules change a widget up to this size. */
export const knownSize = 900;

const spec = z.strictObject({ size: z.int().min(0).max(1_000), steps: z.int().min(1).max(20).default(1) });
const status = z.strictObject({ size: z.int() });
type Widget = z.output<typeof status>;

export function createWidgetAgent({
  effectServer,
  plain = false,
  timeoutMs = 5_000,
  hostBoundFrom = Infinity,
  spinWhile,
  answers = {},
  floods = false,
}: WidgetAgentOptions): Agent {
  const post = async ({ idempotencyKey, signal }: ToolContext, object: string, action: string, value: unknown) => {
    await passTestGate('before-effect');
    const response = await fetch(`${effectServer}/effects`, {
      method: 'POST',
      body: JSON.stringify({ key: idempotencyKey, object, action, value }),
      signal,
    });
    await passTestGate('after-effect');
    if (response.status === 422) throw new HomeostatError('EFFECT_REFUSED', { problem: 'the target refused' });
    if (!response.ok && response.status !== 409) throw new Error(`effect server said ${response.status}`);
  };
  const probe = async ({ idempotencyKey }: ToolContext) => {
    const response = await fetch(`${effectServer}/effects/${idempotencyKey}`);
    if (response.status === 404) return cannotHappen();
    if (response.status === 202) return inProgress();
    return response.ok ? happened({}) : unknown();
  };
  const Widget = defineKind({
    kind: 'Widget',
    spec,
    status,
    async observe(context, { externalName }) {
      try {
        const response = await fetch(`${effectServer}/objects/${externalName}`, { signal: context.signal });
        return response.status === 404 ? absent() : present((await response.json()) as Widget);
      } catch (error) {
        return unreachable(String(error));
      }
    },
    wanted: ({ size }) => ({ size }),
    issues: { unreadable: { check: () => Promise.reject(new Error('the gauge is away')) } },
    placement: ({ size }) => (size >= hostBoundFrom ? 'host' : 'anywhere'),
  });
  const common = { effect: 'write', timeoutMs, maximumAttempts: 3, ...(plain ? {} : { probe }) } as const;
  const prepareWidget = defineTool({
    name: 'prepare_widget',
    description: 'Does a part of the work on a widget',
    riskLevel: 'moderate',
    parameters: z.strictObject({ part: z.int() }),
    result: z.strictObject({ part: z.int() }),
    ...common,
    ...(plain
      ? {}
      : {
          probe: async (context, { part }) => {
            const answer = await probe(context);
            return answer.type === 'happened' ? happened({ part }) : answer;
          },
        }),
    execute: async (context, { part }) => {
      await post(context, `${context.externalName}-part-${part}`, 'put', {});
      return { part };
    },
  });
  const putWidget = defineTool({
    name: 'put_widget',
    description: 'Makes a widget of a size',
    riskLevel: 'moderate',
    parameters: z.strictObject({ size: z.int() }),
    result: z.strictObject({ answer: z.string().optional() }),
    ...common,
    execute: async (context, { size }) => {
      await post(context, context.externalName, 'put', { size });
      return { answer: floods ? 'x'.repeat(2 ** 28) : answers[context.resource.name] };
    },
  });
  const putLargeWidget = defineTool({
    name: 'put_large_widget',
    description: 'Makes a large widget, at length',
    riskLevel: 'moderate',
    parameters: z.strictObject({ size: z.int(), effectServer: z.string(), spinWhile: z.string() }),
    result: z.strictObject({}),
    ...common,
    isolated: new URL('./put-large-widget.ts', import.meta.url),
  });
  const removeWidget = defineTool({
    name: 'remove_widget',
    description: 'Removes a widget',
    riskLevel: 'dangerous',
    parameters: z.strictObject({}),
    result: z.strictObject({}),
    ...common,
    execute: async (context) => {
      await post(context, context.externalName, 'remove', undefined);
      return {};
    },
  });
  const waitABit = defineTool({
    name: 'wait_a_bit',
    description: 'Waits',
    riskLevel: 'safe',
    parameters: z.strictObject({ ms: z.int().max(60_000) }),
    result: z.strictObject({}),
    execute: async ({ signal }, { ms }) => {
      await sleep(ms, undefined, { signal });
      return {};
    },
  });
  const make = (size: number, steps: number) => [
    ...Array.from({ length: steps - 1 }, (_, index) => prepareWidget.step({ part: index + 1 })),
    spinWhile !== undefined && size >= largeSize
      ? putLargeWidget.step({ size, effectServer, spinWhile })
      : putWidget.step({ size }),
  ];
  return defineAgent({
    name: 'widgets',
    purpose: 'Keeps widgets as asked',
    kinds: [Widget],
    tools: [prepareWidget, putWidget, removeWidget, waitABit, ...(spinWhile === undefined ? [] : [putLargeWidget])],
    rules: {
      Widget: {
        create: ({ desired }) => make(desired.spec.size, desired.spec.steps),
        // A size beyond it is what no rule knows.
        update: ({ desired }) =>
          desired.spec.size > knownSize ? undefined : make(desired.spec.size, desired.spec.steps),
        delete: () => [removeWidget.step({})],
      },
    },
  });
}
