import type { ApprovalRequest } from '../domain/approval.ts';
import { escapeControls } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { showModel } from '../domain/model-route.ts';
import type { ExecutionPlan, SealedStep } from '../domain/plan.ts';
import { toCell } from './table.ts';

/** Parameters longer than this are cut; the whole of them is in the JSON output. */
const parameterLimit = 2_000;

/** The steps of a plan as they will run, one below the other. Everything shown is from the sealed steps. */
export function renderSteps(steps: readonly SealedStep[]): string {
  const width = Math.max(0, ...steps.map(({ toolName }) => toolName.length));
  return steps
    .map(({ id, toolName, riskLevel, parameters, description, gate }) =>
      [
        `  ${id.padEnd(3)} ${toolName.padEnd(width)}  ${riskLevel}`,
        ...(description === '' ? [] : [`      ${description}`]),
        `      ${toCell(JSON.stringify(parameters), parameterLimit)}`,
        ...(gate === undefined ? [] : [`      waits for a person: ${gate}`]),
      ]
        .map((line) => `${escapeControls(line)}\n`)
        .join(''),
    )
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
    renderSteps(plan.steps),
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
