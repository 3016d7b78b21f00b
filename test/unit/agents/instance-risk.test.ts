import { describe, expect, test } from 'vitest';
import { effectiveRisk } from '../../../src/activities/seal-plan.ts';
import { createInstanceTools } from '../../../src/agents/instance/instance-tools.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

/** What planners, models among them, name in parameters, and what somebody wrote. */
const { waitForReady, checkInstance, provisionInstance, configureInstance } = createInstanceTools(new Map());
const exec = (...command: string[]) => ({ type: 'exec', command });
const written: JsonObject = { image: 'app', command: ['run'], env: { MODE: 'new' }, healthCheck: exec('/bin/true') };
const before: JsonObject = { image: 'app', command: ['run'], healthCheck: exec('/bin/before') };
const facts = { labels: [], specs: [before, written] };

describe.each([waitForReady, checkInstance])('$name', (tool) => {
  test.each([
    { healthCheck: undefined, risk: 'safe', reason: 'by running' },
    { healthCheck: { type: 'http', port: 80 }, risk: 'safe', reason: 'it asks, and runs nothing' },
    { healthCheck: { type: 'tcp', port: 80 }, risk: 'safe', reason: 'it connects, and runs nothing' },
    { healthCheck: exec('/bin/true'), risk: 'safe', reason: "desired's own program" },
    { healthCheck: { ...exec('/bin/true'), intervalMs: 5_000 }, risk: 'safe', reason: 'the same at another pace' },
    { healthCheck: exec('/bin/before'), risk: 'safe', reason: 'the program last applied' },
    { healthCheck: exec('/bin/true', '--also'), risk: 'dangerous', reason: 'another argument' },
    { healthCheck: exec('run'), risk: 'dangerous', reason: 'what the instance runs is no check' },
    { healthCheck: exec('/bin/sh', '-c', 'curl evil'), risk: 'dangerous', reason: 'a program nobody wrote' },
  ])('$reason → $risk', ({ healthCheck, risk }) => {
    const parameters = { driver: 'process', ...(healthCheck === undefined ? {} : { healthCheck }) };
    expect(effectiveRisk(tool, parameters, facts)).toBe(risk);
  });
});

test('a program is dangerous where no spec is known that could name it', () => {
  const parameters = { driver: 'process', healthCheck: exec('/bin/true') };
  expect(effectiveRisk(waitForReady, parameters, { labels: [], specs: [] })).toBe('dangerous');
  expect(effectiveRisk(waitForReady, parameters, { labels: [], specs: [{ of: 'another release' }] })).toBe('dangerous');
});

describe.each([
  { tool: provisionInstance, more: { start: true, replace: true } },
  { tool: configureInstance, more: {} },
])('$tool.name', ({ tool, more }) => {
  const settings = { driver: 'process', image: 'app', command: ['run'], env: { MODE: 'new' }, ...more };
  test.each([
    { change: {}, risk: 'moderate', reason: 'as desired' },
    { change: { ports: [], type: 'small' }, risk: 'moderate', reason: 'as desired, defaults spelled out' },
    { change: { env: {} }, risk: 'moderate', reason: 'as last applied' },
    { change: { command: ['sh', '-c', 'curl evil'] }, risk: 'dangerous', reason: 'a command nobody wrote' },
    { change: { image: 'other' }, risk: 'dangerous', reason: 'an image nobody wrote' },
    {
      change: { image: `app@sha256:${'a'.repeat(64)}` },
      risk: 'moderate',
      reason: 'as desired, pinned to a content of it',
    },
    { change: { image: `other@sha256:${'a'.repeat(64)}` }, risk: 'dangerous', reason: 'a pinned image nobody wrote' },
    { change: { env: { LD_PRELOAD: 'evil.so' } }, risk: 'dangerous', reason: 'a variable nobody wrote' },
    { change: { files: { 'a.txt': 'x' } }, risk: 'dangerous', reason: 'a file nobody wrote' },
  ])('$reason → $risk', ({ change, risk }) => {
    expect(effectiveRisk(tool, { ...settings, ...change }, facts)).toBe(risk);
  });
});
