import type { Agent } from '../agents/agent.ts';
import { HomeostatError } from '../domain/failure.ts';
import type { AnyKind } from '../domain/kind.ts';
import { checkDeclarations } from './check-declarations.ts';
import { checkInterruptedLife, interruptionChecks } from './check-interrupted-life.ts';
import { checkPlainLife } from './check-plain-life.ts';
import { createChecks, type Checks, type ConformanceCheck } from './checks.ts';
import { ConformanceError, type ConformanceReport } from './report.ts';
import { samplesOf } from './samples.ts';
import type { Subject } from './subject.ts';
import { createTrial } from './trial.ts';

export interface ConformanceOptions {
  /**
   * Good specs by kind, at least two, in the form people write them: the first is created, each next one is an update of
   * the one before. Default: the `examples` in the metadata of the kind's spec schema. They are brought about for real.
   */
  readonly samples?: Readonly<Record<string, readonly object[]>>;
  /**
   * Issue types by kind that the agent has repairs for, such as `disk_full`. Each is said of a healthy thing made from the
   * last sample: its repair must leave that as desired.
   */
  readonly issues?: Readonly<Record<string, readonly string[]>>;
  /** Tools by which a delete may remove something without asking anybody, each with the reason. */
  readonly notDangerous?: Readonly<Record<string, string>>;
  /**
   * What is at the target, seen by another way than the agent's own `observe`, as JSON that holds no times. With it,
   * effects are noticed that the status does not show.
   */
  readonly snapshot?: () => unknown;
  /** Makes the target unreachable for the agent; returns how to bring it back. */
  readonly cutOff?: () => Promise<() => Promise<void>>;
  /** Secrets by reference, for an agent that asks for them. None of the values may come out anywhere. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * Proves that an agent keeps the contract, on its real target: its resources are created, changed and deleted by the very
 * code of the runtime, and every step is cancelled once, killed before its effect and killed after it. Needs no server.
 * Give the agent as a function where it can be made anew: after each kill it is, as after a restart.
 *
 * Throws `ConformanceError`, with the report, when a check fails. May take some ten times as long as the tools do.
 */
export async function conformance(
  agent: Agent | (() => Agent),
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const makeAgent = typeof agent === 'function' ? agent : () => agent;
  const checks = createChecks();
  const declared = makeAgent();
  const heard: string[] = [];
  const samples = (kind: AnyKind) => samplesOf(kind, options.samples?.[kind.kind]);
  const sound = await checkDeclarations(declared, samples, checks);
  announceAll(declared, checks, options, typeof agent === 'function');
  const isBroken = checks.results().some(({ check, outcome }) => check === 'agent-registers' && outcome === 'failed');
  for (const kind of isBroken ? [] : sound) {
    const resource = { tenant: 'conformance', kind: kind.kind, name: 'sample' };
    await checkKind({
      kind: kind.kind,
      samples: samples(kind),
      issueTypes: options.issues?.[kind.kind] ?? [],
      checks,
      createTrial: () =>
        createTrial({
          makeAgent,
          resource,
          readSecret: async (_tenant, reference) => readGivenSecret(reference, options),
          overhear: (text) => heard.push(text),
        }),
      isMadeAnew: typeof agent === 'function',
      ...(options.snapshot === undefined ? {} : { readSnapshot: options.snapshot }),
      ...(options.cutOff === undefined ? {} : { cutOff: options.cutOff }),
      notDangerous: new Set(Object.keys(options.notDangerous ?? {})),
    });
  }
  await checkSecrets(declared, heard, options, checks);
  const report = { agent: declared.name, checks: checks.results() };
  if (report.checks.some(({ outcome }) => outcome === 'failed')) throw new ConformanceError(report);
  return report;
}

async function checkKind(subject: Subject): Promise<void> {
  // Faults are worth looking into only where it works without any.
  if (!(await checkPlainLife(subject))) return;
  await checkInterruptedLife(subject, 'cancelled');
  await checkInterruptedLife(subject, 'killed-before-effect');
  await checkInterruptedLife(subject, 'killed-after-effect');
}

const kindChecks: readonly ConformanceCheck[] = [
  'create-converges',
  'update-converges',
  'delete-converges',
  'observe-repeats',
  'observe-cancelled',
  'status-normal',
  'planning-changes-nothing',
  'nothing-to-do',
  'delete-asks',
  'own-name',
];

/** So that what was not proven stands in the report too. */
function announceAll(
  agent: Agent,
  checks: Checks,
  { cutOff, secrets, issues = {} }: ConformanceOptions,
  isMadeAnew: boolean,
): void {
  const earlier = 'an earlier check failed';
  for (const { kind, watch } of agent.kinds) {
    if (watch !== undefined) checks.announce('watch-tells', `kind ${kind}`, earlier);
    for (const check of kindChecks) checks.announce(check, `kind ${kind}`, earlier);
    const noRestart = 'the agent was not given as a function that makes it';
    for (const type of issues[kind] ?? []) checks.announce('heal-repairs', `kind ${kind}, ${type}`, earlier);
    checks.announce('restart-remembers', `kind ${kind}`, isMadeAnew ? earlier : noRestart);
    const noCut = 'options.cutOff was not given';
    checks.announce('unreachable-not-absent', `kind ${kind}`, cutOff === undefined ? noCut : earlier);
  }
  for (const tool of agent.tools().filter(({ effect }) => effect === 'write')) {
    for (const check of [...Object.values(interruptionChecks), 'late-attempt'] as const)
      checks.announce(check, `tool ${tool.name}`, 'no sample led to it');
  }
  if (secrets === undefined) checks.announce('secrets-kept', `agent ${agent.name}`, 'options.secrets was not given');
}

function readGivenSecret(reference: string, { secrets = {} }: ConformanceOptions): string {
  const secret = secrets[reference];
  if (secret !== undefined) return secret;
  throw new HomeostatError('NOT_FOUND', {
    path: `secret ${reference}`,
    problem: 'no such secret',
    remedy: `give options.secrets.${reference}`,
  });
}

async function checkSecrets(
  agent: Agent,
  heard: readonly string[],
  { secrets }: ConformanceOptions,
  checks: Checks,
): Promise<void> {
  if (secrets === undefined) return;
  await checks.make('secrets-kept', `agent ${agent.name}`, () => {
    for (const [reference, value] of Object.entries(secrets)) {
      if (!heard.some((text) => text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1)))) continue;
      throw new HomeostatError('INVALID_AGENT', {
        path: `secret ${reference}`,
        problem: 'its value is in a result, an error, a record or a log line',
        remedy: 'keep it out of parameters, results, errors and logs',
      });
    }
  });
}
