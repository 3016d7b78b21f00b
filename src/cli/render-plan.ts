import type { ApprovalRequest } from '../domain/approval.ts';
import { escapeControls } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { showModel } from '../domain/model-route.ts';
import type { ExecutionPlan, SealedStep } from '../domain/plan.ts';
import { toldCommand } from '../domain/told-command.ts';
import { toCell } from './table.ts';

/** Characters: more of one step's parameters is cut, and said to be. */
const shownCharacters = 2_000;

/** What is said beside the steps of a plan. */
interface StepsOrigin {
  /** A model made the plan: the descriptions are its words, and marked as such. */
  readonly byModel: boolean;
  /** How one gets to see the whole of parameters that are cut. */
  readonly readAll: string;
}

/** The steps of a plan as they will run, one below the other. Everything shown is from the sealed steps. */
export function renderSteps(steps: readonly SealedStep[], { byModel, readAll }: StepsOrigin): string {
  const width = Math.max(0, ...steps.map(({ toolName }) => toolName.length));
  return steps
    .map(({ id, toolName, riskLevel, parameters, description, gate }) => {
      const text = JSON.stringify(parameters);
      const cut = text.length - shownCharacters;
      return [
        `  ${id.padEnd(3)} ${toolName.padEnd(width)}  ${riskLevel}`,
        ...(description === '' ? [] : [`      ${byModel ? 'the model says: ' : ''}${description}`]),
        `      ${text.slice(0, shownCharacters)}`,
        ...(cut > 0 ? [`      and ${cut} characters more: read all with ${readAll}`] : []),
        ...(gate === undefined ? [] : [`      waits for a person: ${gate}`]),
      ]
        .map((line) => `${escapeControls(line)}\n`)
        .join('');
    })
    .join('');
}

/** What the planner wrote, marked as such: no seal vouches for it. */
export function renderReasoning({ reasoning }: Pick<ExecutionPlan<unknown>, 'reasoning'>): string {
  return reasoning === ''
    ? ''
    : `The planner says (not part of what is approved): ${escapeControls(toCell(reasoning, 1_000))}\n`;
}

/** A request as an approver must see it before deciding. */
export function renderRequest(request: ApprovalRequest, now: number): string {
  const { seal, resource, plan, plannedBy, requester, expiresAt, state } = request;
  const count = plan.steps.length;
  return [
    `Plan for ${showResource(resource)} of tenant ${resource.tenant}: ${count} ${count === 1 ? 'step' : 'steps'}, ${plan.riskLevel}\n`,
    renderSteps(plan.steps, {
      byModel: plannedBy !== undefined,
      readAll: toldCommand(`describe ${showResource(resource)} --output json`, resource),
    }),
    renderReasoning(plan),
    ...(plannedBy === undefined ? [] : [`Planned by ${escapeControls(showModel(plannedBy))}\n`]),
    `Asked for by ${escapeControls(requester)}, ${state === 'pending' ? showExpiry(expiresAt, now) : state}\n`,
    `Seal ${seal}\n`,
  ].join('');
}

/** `expires in 23 h 59 min`. */
export function showExpiry(expiresAt: string, now: number): string {
  const minutes = Math.floor((Date.parse(expiresAt) - now) / 60_000);
  if (minutes < 0) return 'expired';
  if (minutes === 0) return 'expires in less than a minute';
  const hours = Math.floor(minutes / 60);
  return `expires in ${hours === 0 ? '' : `${hours} h `}${minutes % 60} min`;
}
