import { checkIssue, type CheckedResource } from '../activities/check-issue.ts';
import type { ActivityDependencies } from '../activities/dependencies.ts';
import { describeThrown } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import { createStreak, standardPace, type CheckPace, type Streak } from '../domain/issue-check.ts';
import { issueLimits, type IssueMessage } from '../domain/issue.ts';
import type { IssueSender } from '../starters/issue-sender.ts';
import { cutText } from '../starters/read-issue-report.ts';
import { mayReport } from './may-report.ts';

/** What came of one look, for the metrics: `reported` and `recovered` also say what was told. */
export type CheckOutcome = 'good' | 'bad' | 'unseen' | 'reported' | 'recovered';

export interface IssueChecksOptions {
  readonly dependencies: Pick<ActivityDependencies, 'registry' | 'state' | 'host' | 'settings' | 'log'>;
  readonly sender: IssueSender;
  /** Checks under way at once. */
  readonly concurrency: number;
  readonly count: (type: string, outcome: CheckOutcome) => void;
}

export interface IssueChecks {
  /** What runs here now, and what does not any more. */
  onChange(path: string, resource: CheckedResource | undefined): void;
  /** Ends the checks that are under way. */
  stop(): Promise<void>;
}

/** How exactly the times are kept. */
const tickMs = 250;
/** A fault that stays and that nobody deals with is told again after so long. */
const againMs = 10 * 60_000;

interface Entry {
  readonly resource: CheckedResource;
  readonly type: string;
  readonly pace: CheckPace;
  readonly streak: Streak;
  /** By the clock that nobody sets, as is `againAt`. */
  dueAt: number;
  isUnderWay: boolean;
  /** Its last look could not look. */
  isBlind: boolean;
  /** What it is of does not run here any more, or otherwise. */
  isOver: boolean;
  toldAt: number | undefined;
  /** When it is told again, should it stay. */
  againAt: number;
  /** It passes again, and whom that was told of has not heard it yet. */
  isOverToTell: boolean;
}

/**
 * The runtime's own health checks: each running thing is looked at in the pace of its kind's checks, a few at a time and
 * never all at once, and what fails long enough is reported as any alert is. Repairs nothing itself. With nothing to
 * check there is not even a timer.
 */
export function startIssueChecks({ dependencies, sender, concurrency, count }: IssueChecksOptions): IssueChecks {
  const { log } = dependencies;
  const ending = new AbortController();
  const { signal } = ending;
  const entries = new Map<string, readonly Entry[]>();
  const underWay = new Set<Promise<void>>();
  let ticker: NodeJS.Timeout | undefined;

  const look = async (entry: Entry): Promise<void> => {
    const { resource, type, streak } = entry;
    const finding = await checkIssue(resource, type, { signal, log }).catch((error: unknown) => {
      // Said when it begins, not with each look.
      if (!signal.aborted && !entry.isBlind)
        log.warn({ ...toFields(entry), cause: describeThrown(error) }, 'a check could not look');
      return undefined;
    });
    if (signal.aborted || entry.isOver) return;
    entry.isBlind = finding === undefined;
    if (finding === undefined) return count(type, 'unseen');
    count(type, finding.isGood ? 'good' : 'bad');
    const change = streak.note(finding.isGood, Date.now());
    if (change === 'fails') return await tellFault(entry, finding.detail);
    if (change === 'recovered') entry.isOverToTell = entry.toldAt !== undefined;
    if (finding.isGood && entry.isOverToTell) await tellOver(entry, finding.detail);
  };

  const tellFault = async (entry: Entry, detail: string): Promise<void> => {
    const { resource, type, streak } = entry;
    // What was told before is over, though nobody heard that: this is another one.
    if (entry.isOverToTell) entry.toldAt = undefined;
    entry.isOverToTell = false;
    if (entry.toldAt !== undefined && performance.now() < entry.againAt) return;
    const now = Date.now();
    const verdict = await mayReport(dependencies, resource.key, { type, since: streak.since, now });
    // Once it is nobody else's any more, it has to fail anew.
    if (verdict === 'held') return streak.forget();
    if (verdict === 'told') return;
    await sender.send({ resource: resource.key, message: toMessage(entry, 'firing', detail) });
    entry.toldAt = now;
    entry.againAt = performance.now() + againMs;
    count(type, 'reported');
    log.warn({ ...toFields(entry), detail }, 'a check of our own fails');
  };

  /** With each good look, until it could be said. */
  const tellOver = async (entry: Entry, detail: string): Promise<void> => {
    const { resource, type, toldAt = 0 } = entry;
    const incident = await dependencies.state.incidents.get(resource.key, type);
    // A run that has dealt with it needs no word from us.
    const isHeard = incident !== undefined && incident.state !== 'open' && Date.parse(incident.openedAt) >= toldAt;
    if (!isHeard) await sender.send({ resource: resource.key, message: toMessage(entry, 'resolved', detail) });
    entry.toldAt = undefined;
    entry.isOverToTell = false;
    count(type, 'recovered');
    log.info({ ...toFields(entry), detail }, 'a check of our own passes again');
  };

  const begin = (entry: Entry): void => {
    entry.isUnderWay = true;
    const done = look(entry)
      .catch((error: unknown) =>
        log.warn({ ...toFields(entry), cause: describeThrown(error) }, 'cannot tell of a fault'),
      )
      .finally(() => {
        entry.isUnderWay = false;
        entry.dueAt = performance.now() + jitter(entry.pace.everyMs);
        underWay.delete(done);
      });
    underWay.add(done);
  };
  const tick = (): void => {
    const now = performance.now();
    const due: Entry[] = [];
    for (const all of entries.values())
      for (const entry of all) if (!entry.isUnderWay && entry.dueAt <= now) due.push(entry);
    // Whoever has waited longest comes first, so that many slow checks are late and none is left out.
    due.sort((one, other) => one.dueAt - other.dueAt);
    for (const entry of due.slice(0, Math.max(0, concurrency - underWay.size))) begin(entry);
  };

  return {
    onChange(path, resource) {
      for (const entry of entries.get(path) ?? []) entry.isOver = true;
      const mine = resource === undefined ? [] : toEntries(resource);
      if (mine.length === 0) entries.delete(path);
      else entries.set(path, mine);
      if (entries.size > 0 && !signal.aborted) ticker ??= setInterval(tick, tickMs);
      if (entries.size > 0) return;
      clearInterval(ticker);
      ticker = undefined;
    },
    async stop() {
      ending.abort();
      clearInterval(ticker);
      await Promise.all(underWay);
    },
  };
}

/** The checks that its kind wants to be made of a thing, the first ones spread over their whole pace. */
function toEntries(resource: CheckedResource): readonly Entry[] {
  return Object.entries(resource.kind.issues ?? {}).flatMap(([type, { pace }]) => {
    const said = pace?.(resource.spec);
    if (said === undefined) return [];
    const whole: CheckPace = { ...standardPace, ...said };
    return [
      {
        resource,
        type,
        pace: whole,
        streak: createStreak(whole),
        dueAt: performance.now() + Math.random() * whole.everyMs,
        isUnderWay: false,
        isBlind: false,
        isOver: false,
        toldAt: undefined,
        againAt: 0,
        isOverToTell: false,
      },
    ];
  });
}

/** Things that were started together are not looked at together for ever. */
function jitter(everyMs: number): number {
  return everyMs * (0.9 + Math.random() * 0.2);
}

function toMessage({ resource, type, streak }: Entry, status: IssueMessage['status'], detail: string): IssueMessage {
  const { severity = 'warning' } = resource.kind.issues![type]!;
  return {
    status,
    issue: {
      type,
      resource: showResource(resource.key),
      severity,
      summary: cutText(detail, issueLimits.summary),
      evidence: status === 'firing' ? [`seen by the runtime's own check, ${streak.badLooks} times in a row`] : [],
      since: new Date(streak.since).toISOString(),
    },
  };
}

function toFields({ resource: { key }, type }: Entry) {
  return { tenant: key.tenant, resource: showResource(key), type };
}
