import type { Delta } from '../../src/domain/delta.ts';
import type { JsonObject } from '../../src/domain/json.ts';

/**
 * What a sound model would plan for an instance, read off the prompt alone as a model must: the delta, what is wanted and
 * what was observed. Different deltas lead to different tools.
 */
export function planInstance(prompt: string): { readonly reasoning: string; readonly steps: readonly object[] } {
  const sections = new Map(
    [...prompt.matchAll(/^# (.+)\n<data>\n([^]*?)\n<\/data>$/gm)].map((match) => [match[1]!, match[2]!]),
  );
  const read = <Value>(title: string): Value => JSON.parse(sections.get(title) ?? 'null') as Value;
  const { type, changes } = read<Delta>('What differs');
  const wanted = read<{ spec: JsonObject } | null>('Wanted')?.spec ?? {};
  const observed = read<{ status: JsonObject } | null>('Observed')?.status;
  const isTouched = (...fields: readonly string[]) =>
    changes.some(({ path }) => fields.some((field) => path === field || path.startsWith(`${field}.`)));
  const { healthCheck, usageCheck: _, desiredState, ...settings } = wanted;
  const step = (toolName: string, parameters: object, riskLevel = 'moderate') => ({
    toolName,
    parameters: { driver: 'process', ...parameters },
    description: `${toolName} by the model`,
    riskLevel,
  });
  const ready = step('wait_for_ready', healthCheck === undefined ? {} : { healthCheck }, 'safe');
  const start = desiredState !== 'stopped';
  const plan = (...steps: readonly object[]) => ({
    reasoning: `the model saw: ${type} ${changes.map(({ path }) => path).join(', ')}`,
    steps,
  });
  if (type === 'delete') return plan(step('terminate_instance', {}, 'dangerous'));
  if (type === 'create') return plan(step('provision_instance', { ...settings, start, replace: false }), ready);
  if (isTouched('image')) return plan(step('provision_instance', { ...settings, start, replace: true }), ready);
  if (!start) return plan(step('stop_instance', {}));
  if (observed?.state !== 'running') return plan(step('start_instance', {}), ready);
  return plan(step('configure_instance', settings), step('restart_instance', {}), ready);
}
