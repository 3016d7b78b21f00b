import { describe, expect, test } from 'vitest';
import { lookBeforeReport, waitForTreatment } from '../../../src/cli/wait-for-treatment.ts';
import { HomeostatError } from '../../../src/domain/failure.ts';
import type { Incident } from '../../../src/domain/incident.ts';
import type { Treatment } from '../../../src/starters/treatment-reader.ts';
import { passTime, useFakeTime } from '../../support/fake-time.ts';

useFakeTime();

const web = { tenant: 'default', kind: 'Instance', name: 'web' };
const incident = (state: Incident['state'], openedAt: string, change: Partial<Incident> = {}): Incident => ({
  format: 1,
  resource: web,
  type: 'service_down',
  severity: 'warning',
  summary: 'it does not answer',
  state,
  workflowId: 'heal.default.Instance.web.service_down',
  runId: 'run-1',
  since: openedAt,
  openedAt,
  attempts: [],
  earlier: [openedAt],
  desiredRevision: 7,
  ...change,
});
const attempt = { cause: 'it hangs', cites: [], steps: ['restart: done'], outcome: 'gone' };
const old = incident('escalated', '2026-11-22T10:00:00.000Z');
const next = '2026-11-22T10:00:30.000Z';
const leftAlone = 'left alone: was escalated 30 s ago; until 2026-11-22T10:01:00.000Z';
const ended = (runId: string, outcome: 'suppressed' | 'escalated' = 'suppressed'): Treatment => ({
  runId,
  result: { outcome, message: leftAlone },
});

interface Look {
  readonly incident?: Incident;
  readonly treatment?: Treatment;
  /** Instead of an incident. */
  readonly fault?: HomeostatError;
}
const away: Look = {
  treatment: ended('run-1'),
  fault: new HomeostatError('STORE_UNAVAILABLE', { problem: 'no leader' }),
};

/** What is there before the report, and at each look after it; from the last look on nothing changes. */
async function wait(before: Look, looks: readonly [Look, ...Look[]]) {
  let now = before;
  let look = -1;
  const said: string[] = [];
  const doors = {
    incidents: { find: async () => now.incident },
    treatments: { newest: async () => now.treatment },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    say: (line: string) => void said.push(line),
  };
  const known = await lookBeforeReport(doors, web, 'service_down');
  // A look asks for the incident once.
  doors.incidents.find = async () => {
    look = Math.min(look + 1, looks.length - 1);
    now = looks[look]!;
    if (now.fault !== undefined) throw now.fault;
    return now.incident;
  };
  doors.treatments.newest = async () => looks[Math.min(look + 1, looks.length - 1)]!.treatment;
  return { end: await passTime(waitForTreatment(doors, web, 'service_down', known)), said };
}

describe('a report that is waited for', () => {
  test('ends with the incident it opened, and what was tried is said once', async () => {
    const open = incident('open', next, { attempts: [attempt] });
    const over = incident('resolved', next, { attempts: [attempt] });
    const { end, said } = await wait({}, [{}, { incident: open }, { incident: open }, { incident: over }]);
    expect(end).toEqual({ incident: over });
    expect(said).toEqual(['tried      it hangs: restart: done: gone']);
  });

  test('ends with the incident that was open before it', async () => {
    const over = { ...old, state: 'resolved' } as const;
    const { end } = await wait({ incident: { ...old, state: 'open' } }, [{ incident: over }]);
    expect(end).toEqual({ incident: over });
  });

  test('that is left alone ends with the incident before it, and why, not when time is up', async () => {
    const looks: readonly [Look, ...Look[]] = [
      { incident: old, treatment: ended('run-1', 'escalated') },
      { incident: old, treatment: { runId: 'run-2' } },
      { incident: old, treatment: ended('run-2') },
    ];
    const { end } = await wait({ incident: old, treatment: ended('run-1', 'escalated') }, looks);
    expect(end).toEqual({ incident: old, leftAlone });
  });

  test('is not ended by an earlier one that was left alone, when its own treatment begins late', async () => {
    const before = { incident: old, treatment: ended('run-2') };
    const over = incident('resolved', next);
    const { end } = await wait(before, [before, before, { incident: over, treatment: ended('run-3', 'escalated') }]);
    expect(end).toEqual({ incident: over });
  });

  test('is not ended by one that was left alone while another has opened an incident', async () => {
    const open = incident('open', next);
    const over = incident('resolved', next);
    const { end } = await wait({ incident: old }, [
      { incident: open, treatment: ended('run-2') },
      { incident: over, treatment: ended('run-2') },
    ]);
    expect(end).toEqual({ incident: over });
  });

  test('that is left alone though nothing was before it has not been dealt with', async () => {
    await expect(wait({}, [{}, { treatment: ended('run-1') }])).rejects.toMatchObject({
      code: 'NOT_CONVERGED',
      problem: `service_down was ${leftAlone}`,
    });
  });

  test('says what was tried in letters alone', async () => {
    const over = incident('resolved', next, { attempts: [{ ...attempt, cause: 'it \u001b[2J hangs\n' }] });
    const { said } = await wait({}, [{ incident: over }]);
    expect(said).toEqual(['tried      it \\u{1b}[2J hangs\\u{a}: restart: done: gone']);
  });

  test('goes on while a server is away, and believes nothing that is only half seen', async () => {
    const over = incident('resolved', next);
    const { end } = await wait({ incident: old }, [away, away, { incident: over }]);
    expect(end).toEqual({ incident: over });
  });

  test('ends with the fault of a server that is away when time is up', async () => {
    await expect(wait({ incident: old }, [away])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('that nobody treats ends when time is up', async () => {
    await expect(wait({ incident: old }, [{ incident: old }])).rejects.toMatchObject({ code: 'WAIT_TIMED_OUT' });
  });
});
