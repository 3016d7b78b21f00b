import { HomeostatError } from '../domain/failure.ts';
import type { Subject } from './subject.ts';
import { differenceOf, kindOf, look, observeNow } from './target.ts';
import type { Trial } from './trial.ts';

/** What is checked of something that is there, as it was wanted, and at rest. */
export async function checkAtRest(subject: Subject, trial: Trial, spec: object): Promise<void> {
  const { checks, kind, cutOff, isMadeAnew, readSnapshot } = subject;
  if (isMadeAnew) {
    await checks.make('restart-remembers', `kind ${kind}`, async () => {
      const before = await look(trial, spec, readSnapshot);
      trial.restart();
      const difference = differenceOf(before, await look(trial, spec, readSnapshot));
      if (difference === undefined) return;
      throw observeFault(kind, `after a restart ${difference}`, 'keep nothing in memory that the target can tell');
    });
  }
  await checks.make('observe-cancelled', `kind ${kind}`, () => checkCancelledLook(trial, spec));
  await checks.make('own-name', `kind ${kind}`, () => checkOwnName(trial, spec));
  if (cutOff === undefined) return;
  await checks.make('unreachable-not-absent', `kind ${kind}`, async () => {
    const restore = await cutOff();
    try {
      const { type } = await observeNow(trial, spec);
      if (type === 'unreachable') return;
      const problem = `the target is cut off, and the answer is ${type}`;
      throw observeFault(kind, problem, 'answer unreachable(cause) wherever nobody could look');
    } finally {
      await restore();
    }
  });
}

async function checkCancelledLook(trial: Trial, spec: object): Promise<void> {
  const seen = await observeNow(trial, spec, { signal: AbortSignal.abort() }).catch(() => undefined);
  if (seen?.type !== 'absent') return;
  const problem = 'its signal was aborted, and it says absent of what is there';
  throw observeFault(trial.resource.kind, problem, 'let the abort throw, or answer unreachable');
}

/**
 * A kind finds its things by name, or by what its spec says and never changes. One that does neither takes every
 * resource for the same thing; one that forgets the tenant gives one tenant the things of another.
 */
async function checkOwnName(trial: Trial, spec: object): Promise<void> {
  const { kind, name, tenant } = trial.resource;
  const seenAs = async (key: { tenant: string; name: string }) =>
    (await observeNow(trial, spec, { key: { kind, ...key } })).type === 'present';
  const byOtherName = await seenAs({ tenant, name: `${name}-other` });
  const byOtherTenant = await seenAs({ tenant: `${tenant}-other`, name });
  const remedy = 'find it by externalName, which holds tenant, kind and name';
  if (byOtherTenant && !byOtherName) throw observeFault(kind, 'another tenant sees it under the same name', remedy);
  if (byOtherName && !byOtherTenant) throw observeFault(kind, 'it is seen under any name of the tenant', remedy);
  if (!byOtherName || (kindOf(trial).immutable ?? []).length > 0) return;
  const orImmutable = `${remedy}; or list the fields of the spec that say where it is as immutable`;
  throw observeFault(kind, 'it is seen under any name', orImmutable);
}

function observeFault(kind: string, problem: string, remedy: string): HomeostatError {
  return new HomeostatError('INVALID_KIND', { path: `${kind}.observe`, problem, remedy });
}
