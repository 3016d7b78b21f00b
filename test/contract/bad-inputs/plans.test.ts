import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFailureCode, toCodedErrors } from '../../../src/domain/failure.ts';
import type { ExecutionPlan, StepDraft } from '../../../src/domain/plan.ts';
import { highestRisk } from '../../../src/domain/risk.ts';
import { checkPlan } from '../../../src/planners/check-plan.ts';
import { toExecutionPlan } from '../../../src/planners/to-execution-plan.ts';
import { attachDisk, makeDisk, tools } from '../../unit/planners/scripted-tools.ts';

const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('', '\ud800', { $ref: 5 }, { $ref: 'steps.s1' }, '__proto__', 1e308, -1, [[[[{}]]]]),
);
const orJunk = (meant: fc.Arbitrary<unknown>, weight = 20) => fc.oneof({ weight, arbitrary: meant }, junk);
const place = fc.integer({ min: 1, max: 4 });
const reference = (...fields: readonly string[]) =>
  fc.tuple(place, fc.constantFrom(...fields)).map(([step, field]) => ({ $ref: `steps.s${step}.result.${field}` }));

const make = fc.record(
  {
    size: orJunk(fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1 }) }, reference('size'))),
    kind: orJunk(fc.constantFrom('ssd', 'hdd')),
  },
  { requiredKeys: ['size'] },
);
const attach = fc.record(
  {
    disk: orJunk(fc.oneof(fc.string({ maxLength: 20 }), reference('id', 'where.host', 'size', 'nothing'))),
    slot: orJunk(fc.integer()),
    tags: junk,
  },
  { requiredKeys: ['disk'] },
);
const toDraft = (toolName: fc.Arbitrary<string>, parameters: fc.Arbitrary<unknown>) =>
  fc.record(
    {
      toolName,
      parameters,
      description: fc.string({ maxLength: 20 }),
      riskLevel: fc.constantFrom('safe' as const, 'moderate' as const, 'dangerous' as const),
    },
    { requiredKeys: ['toolName', 'parameters', 'description'] },
  ) as fc.Arbitrary<StepDraft>;
const draft = fc.oneof(
  { weight: 10, arbitrary: toDraft(fc.constant(makeDisk.name), make) },
  { weight: 10, arbitrary: toDraft(fc.constant(attachDisk.name), attach) },
  toDraft(fc.constantFrom('make_disks', '', '__proto__', 'toString'), fc.dictionary(fc.string(), junk)),
);

/** Whether a plan is accepted; refused, each reason has a code and a place. */
function isAccepted(plan: ExecutionPlan): boolean {
  try {
    checkPlan(plan, tools);
    return true;
  } catch (error) {
    const errors = toCodedErrors(error);
    if (errors.length === 0 || errors.some(({ code, path }) => !isFailureCode(code) || !path.startsWith('steps['))) {
      throw new Error(`not a refusal with its place: ${JSON.stringify(plan)}`, { cause: error });
    }
    return false;
  }
}

test('of 2,000 answers of a model each is a plan with risks no lower than its tools, or is refused with codes', () => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(draft, { maxLength: 4 }), (drafts) => {
      const plan = toExecutionPlan(drafts, tools, 'because');
      const accepted = isAccepted(plan);
      // As the run gets it.
      if (isAccepted(JSON.parse(JSON.stringify(plan)) as ExecutionPlan) !== accepted) {
        throw new Error(`another plan when it is read again: ${JSON.stringify(plan)}`);
      }
      if (!accepted) return void (seen.refused += 1);
      seen.accepted += 1;
      for (const { toolName, riskLevel } of plan.steps) {
        const own = tools.find(({ name }) => name === toolName)!.riskLevel;
        if (
          highestRisk([own, riskLevel]) !== riskLevel ||
          highestRisk([riskLevel, plan.riskLevel]) !== plan.riskLevel
        ) {
          throw new Error(`a risk too low: ${JSON.stringify(plan)}`);
        }
      }
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(seen.accepted, seen.refused), JSON.stringify(seen)).toBeGreaterThan(300);
});
