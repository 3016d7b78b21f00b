import { Command } from 'commander';
import { escapeControls, HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { JsonValue } from '../domain/json.ts';
import type { PlanPreview, PlanPreviewInput } from '../domain/run.ts';
import { whileRuntimeIsThere } from '../starters/missing-runtime.ts';
import { createResourceDoor } from '../starters/resource-door.ts';
import { withContext, type CommandContext } from './command-context.ts';
import { collect } from './option-values.ts';
import { print } from './print.ts';
import { readCodedLines } from './read-coded-lines.ts';
import { readSources } from './read-sources.ts';
import { renderCost, renderExplanation } from './render-asked.ts';
import { renderReasoning, renderSteps } from './render-plan.ts';
import { resolveResource } from './resource-argument.ts';
import { withRuns } from './with-runs.ts';
import { sayBeside } from './say-beside.ts';

interface Options {
  readonly filename?: readonly string[];
  readonly delete?: boolean;
  readonly explain?: boolean;
}

interface Previewed {
  readonly key: ResourceKey;
  readonly preview: PlanPreview;
}

/**
 * `homeostat plan`: asks the runtime what it would do. Does nothing. Writes nothing either where rules plan; where a model
 * is asked the exchange is kept and paid for, as that of a run.
 */
export function createPlanCommand(): Command {
  return new Command('plan')
    .description(
      'Show what the runtime would do for a resource as it stands, or as files would have it. Nothing is done. Where a model plans it is asked as for a run: its plan, the transcript and the cost go on record.',
    )
    .argument('[resource]', 'Kind/name')
    .option('-f, --filename <path>', 'as it would be with what a file, a folder or - says', collect)
    .option('--delete', 'as it would be without the resource')
    .option('--explain', 'say who planned it and why, in whose words, and what it cost')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat plan Instance/web\n  $ homeostat plan -f web.yaml\n  $ homeostat plan Instance/web --delete\n  $ homeostat plan -f web.yaml --explain',
    )
    .action(async (name: string | undefined, options: Options, command: Command) => {
      const fromFiles = options.filename !== undefined;
      if (fromFiles === (name !== undefined)) command.error('name what to plan: either Kind/name, or -f <path>');
      await withContext(command, async (context) => {
        const inputs =
          name === undefined ? await fromSources(options, context) : [await fromName(name, options, context)];
        await withRuns(context, async ({ messages, signs }) => {
          const previewed = await whileRuntimeIsThere(
            signs,
            (signal) =>
              Promise.all(
                inputs.map(async (input) => ({
                  key: input.resource,
                  preview: await messages.previewPlan(input, signal),
                })),
              ),
            (note) => sayBeside(context.output, note),
          );
          show(context, previewed, { asList: fromFiles, explains: options.explain === true });
        });
      });
    });
}

async function fromName(name: string, options: Options, { read, tenant }: CommandContext): Promise<PlanPreviewInput> {
  const resource = await resolveResource(name, tenant, read);
  await read.get(resource);
  return { resource, ...(options.delete === true ? { absent: true } : {}) };
}

/** Checked as `apply` would: what it refuses has no plan. */
async function fromSources(
  options: Options,
  { state, saidTenant }: CommandContext,
): Promise<readonly PlanPreviewInput[]> {
  const tenant = saidTenant === undefined ? {} : { tenant: saidTenant };
  const applied = await createResourceDoor(state).apply(await readSources(options.filename ?? []), {
    dryRun: true,
    ...tenant,
  });
  return applied.map(({ key, resource }) =>
    options.delete === true
      ? { resource: key, absent: true }
      : { resource: key, desired: resource as unknown as JsonValue },
  );
}

function show(
  { output }: CommandContext,
  previewed: readonly Previewed[],
  { asList, explains }: { readonly asList: boolean; readonly explains: boolean },
): void {
  const items = previewed.map(({ key, preview }) => ({ resource: key, ...preview }));
  print(output, asList ? { items } : items[0], () => previewed.map((one) => renderPreview(one, explains)).join('\n'));
  const errors = previewed.flatMap(({ key, preview }) =>
    preview.type === 'plan' || preview.type === 'nothing' ? [] : toErrors(key, preview, previewed.length === 1),
  );
  if (errors.length > 0) throw new HomeostatErrors(errors);
}

/** The plan for people. */
export function renderPreview({ key, preview }: Previewed, explains = false): string {
  const name = showResource(key);
  switch (preview.type) {
    case 'plan': {
      const { change, plan, needsApproval, answer, asked } = preview;
      const wait = needsApproval ? 'It would wait for approval.\n' : 'It would run at once.\n';
      const origin = explains ? renderExplanation(key, asked, plan) : `${renderReasoning(plan)}${renderCost(asked)}`;
      const steps = renderSteps(plan.steps, {
        byModel: answer !== undefined,
        readAll: 'this command and --output json',
      });
      return `${name}: ${change}, ${plan.riskLevel}\n${steps}${origin}${wait}`;
    }
    case 'nothing':
      return `${name}: nothing to do\n`;
    case 'blocked':
      return `${name}: blocked, ${escapeControls(preview.block.message)}\n`;
    case 'elsewhere':
      return `${name}: only host ${escapeControls(preview.host)} can look at it, and it does not answer\n`;
  }
}

/** As `apply` shows them: where there are several resources the path tells which one. */
function toErrors(
  key: ResourceKey,
  preview: Extract<PlanPreview, { type: 'blocked' | 'elsewhere' }>,
  isAlone: boolean,
): readonly HomeostatError[] {
  const name = showResource(key);
  if (preview.type === 'elsewhere') {
    const problem = `host ${preview.host} does not answer`;
    return [
      new HomeostatError('HOST_UNREACHABLE', {
        path: name,
        problem,
        remedy: 'start its runtime, or look why it is silent',
      }),
    ];
  }
  return readCodedLines(preview.block.message, preview.block.code, name).map((error) => {
    if (error.path === '$') return error.at(name);
    return isAlone || error.path.startsWith(name) ? error : error.at(`${name} ${error.path}`);
  });
}
