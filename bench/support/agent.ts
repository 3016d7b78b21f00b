import { appendFileSync } from 'node:fs';
import { absent, cannotHappen, defineAgent, defineKind, defineTool, present, z } from '../../src/index.ts';
import type { Agent, State } from '../../src/index.ts';
import { externalNameOf } from '../../src/domain/kind.ts';

export const noopKind = 'Noop';
export const stillKind = 'Still';

/** The longest plan that is measured. */
const maximumSteps = 20;

/** Rules know sizes below it; what is as large or larger is planned by a model, where there is one. */
export const unknownSize = 1_000;

const noopSpec = z.strictObject({
  size: z.int(),
  steps: z.int().min(1).max(maximumSteps),
  /** Makes the question to a model as long as is wanted. */
  note: z.string().default(''),
});
const size = z.strictObject({ size: z.int() });

/**
 * What the benchmark converges. `Noop` takes as many steps as it says, which change nothing but a number in memory: what
 * is left is what the runtime itself costs, with its ledger, its seal and its audit chain. `Still` is always as wanted: a
 * fleet that has nothing to do. Each plan and each effect is a line in `countFile`, if there is one.
 */
export function createBenchAgent(countFile?: string): Agent {
  const sizes = new Map<string, number>();
  const count = (line: string) => {
    if (countFile !== undefined) appendFileSync(countFile, `${line}\n`);
  };
  const Noop = defineKind({
    kind: noopKind,
    spec: noopSpec,
    status: size,
    async observe(_context, { externalName }) {
      const found = sizes.get(externalName);
      return found === undefined ? absent() : present({ size: found });
    },
    wanted: (spec) => ({ size: spec.size }),
  });
  const Still = defineKind({
    kind: stillKind,
    spec: size,
    status: size,
    observe: async (_context, { spec }) => present({ size: spec.size }),
    wanted: (spec) => ({ size: spec.size }),
  });
  const doNothing = defineTool({
    name: 'do_nothing',
    description: 'Does nothing, under the effect ledger',
    riskLevel: 'moderate',
    effect: 'write',
    parameters: z.strictObject({ part: z.int(), size: z.int() }),
    result: z.strictObject({}),
    conditional: true,
    probe: async () => cannotHappen(),
    execute: async ({ externalName }, parameters) => {
      count(`effect ${externalName} ${parameters.part}`);
      sizes.set(externalName, parameters.size);
      return {};
    },
  });
  const make = ({ desired }: { readonly desired: State<z.output<typeof noopSpec>> }) => {
    if (desired.spec.size >= unknownSize) return undefined;
    count(`plan ${externalNameOf(desired.resource)}`);
    const { steps, size: wanted } = desired.spec;
    return Array.from({ length: steps }, (_, index) => doNothing.step({ part: index + 1, size: wanted }));
  };
  return defineAgent({
    name: 'bench',
    purpose: 'Is measured',
    kinds: [Noop, Still],
    tools: [doNothing],
    rules: { Noop: { create: make, update: make }, Still: {} },
  });
}
