import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { HomeostatError } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { Incident } from '../domain/incident.ts';
import { issueTypes } from '../domain/issue-types.ts';
import { severities } from '../domain/issue.ts';
import type { IncidentReader } from '../starters/incident-reader.ts';
import { whileRuntimeIsThere } from '../starters/missing-runtime.ts';
import { readIssueReport, type IssueReport } from '../starters/read-issue-report.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { renderIncidentDetails } from './render-incidents.ts';
import { resolveResource } from './resource-argument.ts';
import { withRuns } from './run-context.ts';
import { parseWait } from './wait-option.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

interface Options {
  readonly type?: string;
  readonly severity: string;
  readonly summary?: string;
  readonly resolved?: boolean;
  readonly wait?: string | true;
}

const lookEveryMs = 250;

/** `homeostat heal`: a person reports a fault, as an alert would. */
export function createHealCommand(): Command {
  return new Command('heal')
    .description(
      'Report a fault of a resource, as an alert would: it is looked into, repaired as far as may be, and proven or given to people. ' +
        'With --resolved: say that it is over.',
    )
    .argument('<resource>', 'Kind/name')
    .option('--type <type>', `which fault: ${issueTypes.map(({ type }) => type).join(', ')}, or another word`)
    .addOption(new Option('--severity <severity>', 'how bad it is').choices([...severities]).default('warning'))
    .option('--summary <text>', 'what you see')
    .option('--resolved', 'it is over')
    .addOption(
      new Option(
        '--wait [duration]',
        'until it is proven to be over, or given to people; 5m when no time is said',
      ).conflicts('resolved'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat heal Instance/web --type service_down --summary "it does not answer" --wait',
    )
    .action(async (name: string, options: Options, command: Command) => {
      await withContext(command, async (context) => {
        const { read, tenant, output, say } = context;
        const timeoutMs = parseWait(options.wait);
        const resource = await resolveResource(name, tenant, read);
        const { type, severity, summary, resolved } = options;
        const report = readIssueReport(
          {
            resource: showResource(resource),
            severity,
            ...(type === undefined ? {} : { type }),
            ...(summary === undefined ? {} : { summary }),
            ...(resolved === true ? { status: 'resolved' } : {}),
          },
          { tenant, now: new Date() },
        );
        await withRuns(context, async ({ issues, signs }) => {
          const before = await read.incidents.find(resource, report.message.issue.type);
          await issues.send(report);
          const { issue, status } = report.message;
          const told = `told       ${showResource(resource)}: ${issue.type}${status === 'resolved' ? ' is over' : ''}`;
          if (timeoutMs === undefined) {
            print(output, { ...resource, type: issue.type, status }, () => `${told}\n`);
            await warnIfRuntimeIsMissing(signs, output);
            return;
          }
          say(told);
          const incident = await whileRuntimeIsThere(signs, (signal) =>
            waitForEnd(read.incidents, report, before, { timeoutMs, signal, say }),
          );
          print(output, incident, () => renderIncidentDetails([incident]));
          if (incident.state === 'escalated') throw notHealed(incident);
        });
      });
    });
}

interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Waits until the incident is closed that the report opened or that was open before it; says each repair that was tried. */
async function waitForEnd(
  incidents: IncidentReader,
  { resource, message: { issue } }: IssueReport,
  before: Incident | undefined,
  { timeoutMs, signal, say }: WaitOptions,
): Promise<Incident> {
  const isNews = ({ openedAt, state }: Incident) => openedAt !== before?.openedAt || state !== before.state;
  const deadline = Date.now() + timeoutMs;
  let said = before?.state === 'open' ? before.attempts.length : 0;
  for (;;) {
    const incident = await incidents.find(resource, issue.type);
    if (incident !== undefined && (incident.state === 'open' || isNews(incident))) {
      for (const { cause, steps, outcome } of incident.attempts.slice(said)) {
        say(`tried      ${cause}: ${steps.join(', ')}: ${outcome}`);
      }
      said = Math.max(said, incident.attempts.length);
      if (incident.state !== 'open') return incident;
    }
    if (Date.now() >= deadline) {
      throw new HomeostatError('WAIT_TIMED_OUT', {
        path: showResource(resource),
        problem: `${issue.type} is not over in time`,
        remedy: `look with: homeostat incidents ${showResource(resource)}`,
      });
    }
    await sleep(lookEveryMs, undefined, { signal });
  }
}

function notHealed({ resource, type, reason, report }: Incident): HomeostatError {
  const show = `homeostat incidents ${showResource(resource)}${report === undefined ? '' : ' --report'}`;
  return new HomeostatError('NOT_CONVERGED', {
    path: showResource(resource),
    problem: `${type} was given to people: ${reason ?? 'no reason is on record'}`,
    remedy: `look with: ${show}`,
  });
}
