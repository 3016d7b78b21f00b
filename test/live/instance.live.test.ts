import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listCalls } from '../../src/cli/model-calls.ts';
import { showDollars } from '../../src/cli/show-usage.ts';
import { renderTable, toCell } from '../../src/cli/table.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { AuditRecord } from '../../src/domain/audit.ts';
import { addUsage, noUsage } from '../../src/domain/model-usage.ts';
import { toRouterSettings } from '../../src/runtime/router-settings.ts';
import { effectsOf, greeter, startInstanceLife, type InstanceLife } from '../support/instance-life.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';

/*
 * The Instance agent with `planning: model` and the models of every provider that is configured: a whole life of a real
 * process. What counts is what is there afterwards, not by which tools. What a model does not bring about fails its test,
 * and is then brought about by rules, so that the next change is attempted all the same.
 */
const { models } = loadConfig();
const { configured } = toRouterSettings(models);

/** A conversation has ten minutes, and a bigger model may be asked after it. */
const patienceMs = 25 * 60_000;
/** Rules may have to wait until a conversation that is under way has ended. */
const timeout = 2 * patienceMs + 60_000;

const headings = ['PROVIDER', 'CHANGE', 'MODELS', 'TOOLS', 'CALLS', 'READ', 'WRITTEN', 'COST', 'CAME OF IT'];
const rows: (readonly string[])[] = [];
let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(async () => {
  await servers?.stop();
  if (rows.length > 0) console.log(`what the models planned:\n\n${renderTable(headings, rows)}`);
});

function toCells(records: readonly AuditRecord[]): readonly string[] {
  const calls = listCalls(records);
  const usage = calls.reduce(addUsage, noUsage);
  const names = [...new Set(calls.map(({ model }) => model))];
  return [
    names.join(', ') || 'none',
    effectsOf(records).join(', ') || 'none',
    ...[usage.calls, usage.inputTokens, usage.outputTokens].map(String),
    showDollars(usage.costMicros),
  ];
}

describe.each([...configured].map((provider) => ({ provider })))('a life planned through $provider', ({ provider }) => {
  let life: InstanceLife;
  beforeAll(async () => {
    life = await startInstanceLife({
      servers,
      name: `by-${provider}`,
      models: { ...models, order: [provider], planning: { instance: 'model' } },
      program: greeter(),
      heal: { diagnosis: 'rules' },
      patienceMs,
    });
  });
  afterAll(() => life?.stop());

  const approve = async () => {};
  /** One change, planned by the model; `proof` gets the process from before it. */
  const attempt = async (change: string, spec: object | undefined, proof: (pid: number) => Promise<void>) => {
    const pid = Number((await life.actual())?.status.observed?.pid);
    const before = (await life.records()).length;
    const failure = await life
      .change(spec, approve)
      .then(() => proof(pid))
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
    const records = (await life.records()).slice(before);
    const wasAsked = records.some(({ type }) => type === 'approval-decided') ? ', after approval' : '';
    rows.push([
      provider,
      change,
      ...toCells(records),
      failure === undefined ? `done${wasAsked}` : toCell(failure.message, 160),
    ]);
    if (failure === undefined) return;
    await life.restart('rules-first');
    try {
      if (spec !== undefined) await life.change(spec, approve);
    } finally {
      await life.restart('model');
    }
    throw failure;
  };
  const answers = (text: string) => async () => expect(await life.page()).toBe(text);
  const isGone = async (pid: number) => {
    await expect(life.page()).rejects.toThrow();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  };
  const running = () => ({ ...life.spec, env: { GREETING: 'good day' } });

  test('a new one is created', { timeout }, () =>
    attempt('create', { ...life.spec, env: { GREETING: 'hello' } }, answers('hello')),
  );

  test('a variable is changed, and takes hold', { timeout }, () => attempt('update', running(), answers('good day')));

  test('it is stopped', { timeout }, () => attempt('stop', { ...running(), desiredState: 'stopped' }, isGone));

  test('it is started again', { timeout }, () => attempt('start', running(), answers('good day')));

  test('a new image takes its place', { timeout }, async () => {
    life.putProgram(greeter(', anew'));
    await attempt('replace', running(), answers('good day, anew'));
  });

  test('it is removed, with a yes', { timeout }, () => attempt('delete', undefined, isGone));
});
