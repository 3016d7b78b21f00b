import { describe, expect, test } from 'vitest';
import { toProgress, toStatus } from '../../../src/workflows/run-view.ts';
import { samplePlan, sampleStep, sampleView, seal, web } from './sample-plan.ts';

describe('progress', () => {
  test('without a plan has no steps', () => {
    expect(toProgress(sampleView())).toEqual({ phase: 'planning', pass: 1, steps: [] });
  });

  test('tells what was done, what runs and what is to come, in the order of the plan', () => {
    const sealed = samplePlan(['s1', 's2', 's3'].map((id) => sampleStep({ id, toolName: 'look' })));
    const reports = [{ id: 's1', toolName: 'look', outcome: 'skipped' as const, error: 'broke' }];
    expect(toProgress(sampleView({ phase: 'executing', sealed, reports, running: 's2' })).steps).toEqual([
      { id: 's1', toolName: 'look', outcome: 'skipped', error: 'broke' },
      { id: 's2', toolName: 'look', outcome: 'running' },
      { id: 's3', toolName: 'look', outcome: 'pending' },
    ]);
  });
});

describe('status', () => {
  test('while an approval is waited for names seal and expiry', () => {
    const view = sampleView({ phase: 'waiting', waitingFor: 'approval', sealed: samplePlan() });
    expect(toStatus(view, [])).toEqual({
      resource: web,
      phase: 'waiting',
      waitingFor: 'approval',
      seal,
      expiresAt: '2026-11-22T12:00:00.000Z',
      failures: [],
      refusedMessages: [],
    });
  });

  test('after the wait names neither', () => {
    const status = toStatus(sampleView({ phase: 'executing', sealed: samplePlan() }), []);
    expect(status).not.toHaveProperty('seal');
    expect(status).not.toHaveProperty('waitingFor');
  });

  test('names open effects, failures and refused messages', () => {
    const open = [{ seal, step: 's1', toolName: 'look' }];
    const refused = [{ message: 'approve', code: 'NOT_WAITING', text: 'early' }] as const;
    const status = toStatus(sampleView({ waitingFor: 'resolution', open, failures: ['broke'] }), refused);
    expect(status).toMatchObject({ waitingFor: 'resolution', open, failures: ['broke'], refusedMessages: refused });
    expect(status).not.toHaveProperty('seal');
  });
});
