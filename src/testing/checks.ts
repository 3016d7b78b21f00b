import { describeThrown, HomeostatError, toCodedErrors } from '../domain/failure.ts';

/** What an agent is checked for. The names are stable: reports and tests go by them. */
export const conformanceChecks = {
  'agent-registers': 'a runtime would start with this agent',
  'refusals-coded': 'what it cannot plan for it refuses by a code',
  'kind-schemas': 'spec and status become JSON Schemas, the spec one that refuses what it does not name',
  'samples-fit': 'two good specs are known of each kind, and reading one twice gives the same as reading it once',
  'wanted-pure': '`wanted` gives the same twice, and names only fields that the status has',
  'tool-schemas': 'parameters and result become JSON Schemas, the parameters one that refuses what it does not name',
  'tool-risk': 'a tool that only reads is safe',
  'effect-provable': 'a tool that writes has a probe, or is conditional',
  'observe-repeats': 'looking at something at rest gives the same each time, and changes nothing',
  'restart-remembers': 'an agent made anew sees what the one before it made',
  'observe-cancelled': 'a look that is cancelled does not say absent of what is there',
  'watch-tells': 'a watch tells of a change at its target, and ends with its signal',
  'status-normal': 'a normalised status fits its schema, and normalising it again changes nothing',
  'planning-changes-nothing': 'making a plan changes nothing',
  'create-converges': 'from absent to as desired, in one run',
  'update-converges': 'from each sample to the next, in one run',
  'delete-converges': 'from present to absent, in one run',
  'nothing-to-do': 'where nothing differs the plan has no steps',
  'delete-asks': 'a delete waits for a person, unless it is said why it need not',
  'heal-repairs': 'a fault with a repair of its own is repaired, and the thing is as desired after it',
  'own-name': 'another resource, of this tenant or of another, is not taken for this one',
  'unreachable-not-absent': 'what cannot be asked is unreachable, never absent',
  'cancelled-tool-ends': 'a tool whose signal is aborted ends without its effect',
  'killed-before-effect': 'a tool killed before its effect does not claim it, and is done by the next attempt',
  'killed-after-effect': 'a tool killed after its effect is not done twice: adopted, or conditional',
  'late-attempt': 'an attempt that wakes up late changes nothing any more',
  'secrets-kept': 'no secret gets into a plan, a result, an error, a record or a log',
} as const;
export type ConformanceCheck = keyof typeof conformanceChecks;

export interface CheckResult {
  readonly check: ConformanceCheck;
  /** What was looked at: `agent files`, `kind File`, `tool write_file`. */
  readonly subject: string;
  /** `not-reached`: nothing was proven, either way; `reason` says why. */
  readonly outcome: 'passed' | 'failed' | 'not-reached';
  readonly reason?: string;
  /** Why it failed. */
  readonly errors: readonly HomeostatError[];
}

/** All checks of one agent as they are made. */
export interface Checks {
  /** Notes a check that is to be made; unless it is, it is reported as not reached, for this reason. */
  announce(check: ConformanceCheck, subject: string, reason: string): void;
  /**
   * Makes a check: it fails with what `body` throws. One that is made several times passes only if it always does.
   * Answers whether it passed now.
   */
  make(check: ConformanceCheck, subject: string, body: () => void | Promise<void>): Promise<boolean>;
  results(): readonly CheckResult[];
}

export function createChecks(): Checks {
  const results = new Map<string, CheckResult>();
  const keyOf = (check: ConformanceCheck, subject: string) => `${subject} ${check}`;
  return {
    announce(check, subject, reason) {
      results.set(keyOf(check, subject), { check, subject, outcome: 'not-reached', reason, errors: [] });
    },
    async make(check, subject, body) {
      const before = results.get(keyOf(check, subject))?.errors ?? [];
      const errors = [...before, ...(await errorsOf(subject, body))];
      const outcome = errors.length === 0 ? 'passed' : 'failed';
      results.set(keyOf(check, subject), { check, subject, outcome, errors });
      return errors.length === before.length;
    },
    results: () => [...results.values()],
  };
}

async function errorsOf(subject: string, body: () => void | Promise<void>): Promise<readonly HomeostatError[]> {
  try {
    await body();
    return [];
  } catch (error) {
    const coded = toCodedErrors(error);
    if (coded.length > 0) return coded;
    return [new HomeostatError('TOOL_FAILED', { path: subject, problem: describeThrown(error), cause: error })];
  }
}
