import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResourceKey } from '../../src/domain/identity.ts';
import { badResources, isAnswerTo, titleOf, type BadResource } from '../support/bad-resources.ts';
import { createDatabaseAgent, createDatabaseWorld } from '../support/database-agent.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { environmentOf } from '../support/run-program.ts';
import { startTestBed, type TestBed } from '../support/test-bed.ts';
import { binaryOf } from '../support/test-servers.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Each bad resource through the command line and through a stranger's put, with real servers and a runtime at work; what
 * each answer is in full is judged by test/contract/bad-inputs.
 */
const world = createDatabaseWorld();
const keyOf = (name: string): ResourceKey => ({ tenant: 'default', kind: 'Database', name });
const named = (prefix: string, without: BadResource['only']) =>
  badResources
    .filter(({ only }) => only !== without)
    .map((row, index) => [titleOf(row), row, `${prefix}-${index}`] as const);
const rowsOfLine = named('line', 'etcd');
const rowsOfEtcd = named('etcd', 'line');
/** What is no text, with what would be a resource around it. */
const binary = (name: string) =>
  Buffer.concat([
    Buffer.from(`{"apiVersion":"homeostat/v1","kind":"Database","metadata":{"name":"${name}"},"spec":{"description":"`),
    Buffer.from([0xff, 0xfe, 0x00, 0xc3]),
    Buffer.from('"}}'),
  ]);

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ agents: [createDatabaseAgent(world)] });
  for (const [, row, name] of rowsOfEtcd) await bed.putRaw(keyOf(name), row.text(name));
  const address = `--endpoints=${bed.servers.etcdEndpoints[0]}`;
  const key = bed.servers.keys.desired(keyOf('etcd-binary'));
  execFileSync(binaryOf('ETCDCTL'), [address, 'put', key], { input: binary('etcd-binary') });
});
afterAll(() => bed?.stop());

/** `homeostat apply` of a file with such content; its exit code and what it complains of. */
async function apply(name: string, content: string | Buffer) {
  const file = join(bed.servers.folder, name);
  writeFileSync(file, content);
  const environment = environmentOf(bed.servers, join(bed.servers.folder, 'cli'));
  const { code, stdout, stderr } = await runInProcess(environment, ['apply', '-f', file]);
  // The file stands for the whole of it, and before the line and the column in it.
  const complaint = stderr.replace(`${file}: `, '$: ').replace(`${file}:`, '').trimEnd();
  return { code, stdout, complaint };
}

/** A dependency that is not there may come: it is told of in the same words, and waited for. */
const answerTo = (name: string) =>
  waitFor(`${name} to be refused`, async () => {
    const { actual } = await bed.servers.state.resources.read(keyOf(name));
    return actual?.record.status.conditions.find(
      ({ type, status, reason }) => status === 'True' && (type === 'Invalid' || reason === 'DEPENDENCY_NOT_READY'),
    );
  });

describe('applied, it ends with exit code 1, code, path and remedy, and nothing is written', () => {
  test.each(rowsOfLine)('%s', async (_, row, name) => {
    const { code, stdout, complaint } = await apply(name, row.text(name));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(isAnswerTo(row, complaint), complaint).toBe(true);
    expect((await bed.servers.state.resources.read(keyOf(name))).desired).toBeUndefined();
  });

  test.each(rowsOfLine.filter(([, { row }]) => row === '19'))('%s, in a YAML file', async (_, row, name) => {
    const { code, stdout, complaint } = await apply(`${name}.yaml`, row.text(name));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(isAnswerTo(row, complaint), complaint).toBe(true);
    expect((await bed.servers.state.resources.read(keyOf(name))).desired).toBeUndefined();
  });

  test('bytes that are no text', async () => {
    const { code, stdout, complaint } = await apply('line-binary', binary('line-binary'));
    expect({ code, stdout, complaint }).toEqual({
      code: 1,
      stdout: '',
      complaint: 'PARSE_ERROR $: is not UTF-8 text — save it as UTF-8',
    });
    expect((await bed.servers.state.resources.read(keyOf('line-binary'))).desired).toBeUndefined();
  });
});

describe('put straight into etcd, its conditions say code, path and remedy', () => {
  test.each(rowsOfEtcd)('%s', async (_, row, name) => {
    const { reason, message } = await answerTo(name);
    expect(reason === 'DEPENDENCY_NOT_READY' ? 'NOT_FOUND' : reason).toBe(row.answer.split(' ', 1)[0]);
    expect(isAnswerTo(row, message), message).toBe(true);
  });

  test('bytes that are no text', async () => {
    const { reason, message } = await answerTo('etcd-binary');
    expect({ reason, message }).toEqual({
      reason: 'PARSE_ERROR',
      message: 'PARSE_ERROR $: is not UTF-8 text — write JSON in UTF-8',
    });
  });
});

test('of all that nothing has come: no key beside those put, no effect, and a runtime that is well', async () => {
  const { state, keys } = bed.servers;
  const there = (await state.store.list(keys.desiredPrefix)).entries.map(({ key }) => key);
  const put = [...rowsOfEtcd.map(([, , name]) => name), 'etcd-binary'];
  expect(there.toSorted()).toEqual(put.map((name) => keys.desired(keyOf(name))).toSorted());
  expect(world.effects).toEqual([]);
  expect(bed.runtime.health().ready).toBe(true);
});
