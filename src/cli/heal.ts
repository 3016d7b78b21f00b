import { Command, Option } from 'commander';
import { escapeControls, HomeostatError } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { Incident } from '../domain/incident.ts';
import { issueTypes } from '../domain/issue-types.ts';
import { severities } from '../domain/issue.ts';
import { toldCommand } from '../domain/told-command.ts';
import { whileRuntimeIsThere } from '../starters/missing-runtime.ts';
import { readIssueReport } from '../starters/read-issue-report.ts';
import { withContext } from './command-context.ts';
import { print } from './print.ts';
import { renderIncidentDetails } from './render-incidents.ts';
import { resolveResource } from './resource-argument.ts';
import { withRuns } from './with-runs.ts';
import { sayBeside } from './say-beside.ts';
import { lookBeforeReport, waitForTreatment } from './wait-for-treatment.ts';
import { parseWait } from './wait-option.ts';
import { warnIfRuntimeIsMissing } from './warn-missing-runtime.ts';

interface Options {
  readonly type?: string;
  readonly severity: string;
  readonly summary?: string;
  readonly resolved?: boolean;
  readonly wait?: string | true;
}

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
        await withRuns(context, async ({ issues, treatments, signs }) => {
          const { issue, status } = report.message;
          const doors = { incidents: read.incidents, treatments };
          const before = await lookBeforeReport(doors, resource, issue.type);
          await issues.send(report);
          const told = `told       ${showResource(resource)}: ${issue.type}${status === 'resolved' ? ' is over' : ''}`;
          if (timeoutMs === undefined) {
            print(output, { ...resource, type: issue.type, status }, () => `${told}\n`);
            await warnIfRuntimeIsMissing(signs, output);
            return;
          }
          say(told);
          const { incident, leftAlone } = await whileRuntimeIsThere(
            signs,
            (signal) => waitForTreatment({ ...doors, timeoutMs, signal, say }, resource, issue.type, before),
            (note) => sayBeside(output, note),
          );
          if (leftAlone !== undefined) say(`ended      ${escapeControls(leftAlone)}`);
          print(output, leftAlone === undefined ? incident : { ...incident, leftAlone }, () =>
            renderIncidentDetails([incident]),
          );
          if (incident.state === 'escalated') throw notHealed(incident);
        });
      });
    });
}

function notHealed({ resource, type, reason, report }: Incident): HomeostatError {
  const words = `incidents ${showResource(resource)}${report === undefined ? '' : ' --report'}`;
  return new HomeostatError('NOT_CONVERGED', {
    path: showResource(resource),
    problem: `${type} was given to people: ${reason ?? 'no reason is on record'}`,
    remedy: `look with: ${toldCommand(words, resource)}`,
  });
}
