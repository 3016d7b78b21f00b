import { HomeostatError } from '../domain/failure.ts';
import { isDnsLabel } from '../domain/identity.ts';
import { listTexts, type PlacedText } from '../domain/list-texts.ts';
import type { StepDraft } from '../domain/plan.ts';
import type { ActivityDependencies } from './dependencies.ts';

interface NamedResource {
  readonly kind: string;
  readonly name: string;
  readonly path: string;
}

/**
 * Resources that steps name as `Kind/name` and that nobody wrote into etcd: models invent well-formed names. Only kinds of
 * this runtime count; a path that happens to look so is left alone.
 */
export async function findUnknownResources(
  { registry, state }: Pick<ActivityDependencies, 'registry' | 'state'>,
  tenant: string,
  steps: readonly StepDraft[],
): Promise<readonly HomeostatError[]> {
  const kinds = new Set(registry.agents.flatMap((agent) => agent.kinds.map(({ kind }) => kind)));
  const named = steps
    .flatMap(({ parameters }, index) => listTexts(parameters, `steps[${index}].parameters`))
    .flatMap((placed) => toNamed(placed, kinds));
  const errors: HomeostatError[] = [];
  for (const { kind, name, path } of named) {
    const { desired, actual } = await state.resources.read({ tenant, kind, name });
    if (desired !== undefined || actual !== undefined) continue;
    errors.push(
      new HomeostatError('PLAN_INVALID', {
        path,
        problem: 'unknown_resource: nobody wrote it',
        got: `${kind}/${name}`,
        remedy: 'name only resources that you were told of',
      }),
    );
  }
  return errors;
}

function toNamed({ text, path }: PlacedText, kinds: ReadonlySet<string>): readonly NamedResource[] {
  const [kind, name, ...rest] = text.split('/');
  const isNamed = kind !== undefined && kinds.has(kind) && name !== undefined && rest.length === 0 && isDnsLabel(name);
  return isNamed ? [{ kind, name, path }] : [];
}
