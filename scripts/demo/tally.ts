import type { AuditEvent } from '../../src/domain/audit.ts';

/** Calls of models that audit events tell of; a plan by rules tells of none. */
export function countModelCalls(events: readonly Pick<AuditEvent, 'type' | 'detail'>[]): number {
  return events.filter(({ type }) => type === 'model-asked').reduce((sum, { detail }) => sum + Number(detail.calls), 0);
}

/**
 * One look at an effect that waits for a yes: `asked` when there is the yes, `unasked` when it happened without, undefined
 * while there is neither. The world is looked at first: what is gone before there is a yes went without it, however quickly
 * an effect follows its yes.
 */
export async function judgeEffect(
  hasHappened: () => boolean,
  isApproved: () => Promise<boolean>,
): Promise<'asked' | 'unasked' | undefined> {
  const happened = hasHappened();
  if (await isApproved()) return 'asked';
  return happened ? 'unasked' : undefined;
}
