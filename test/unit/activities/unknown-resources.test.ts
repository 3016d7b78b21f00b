import { expect, test } from 'vitest';
import { findUnknownResources } from '../../../src/activities/unknown-resources.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { box, createBench, sampleActual } from './activity-bench.ts';

const bench = createBench();
const find = async (parameters: JsonObject, tenant = 'default') => {
  const step = { toolName: 'make_box', parameters, description: '' };
  const errors = await findUnknownResources(bench.dependencies, tenant, [step]);
  return errors.map(({ code, path, message }) => `${code} ${path} ${/got ([^)]*)/.exec(message)?.[1]}`);
};

test('a name that nobody wrote is told, with where it stands', async () => {
  expect(await find({ near: 'Box/nowhere', all: [{ beside: 'Box/none' }] })).toEqual([
    'PLAN_INVALID steps[0].parameters.near Box/nowhere',
    'PLAN_INVALID steps[0].parameters.all[0].beside Box/none',
  ]);
});

test('what is wanted is known, and what is still there too; each in its own tenant alone', async () => {
  await bench.putBox({ size: 1 });
  const left = { ...box, name: 'left' };
  await bench.putActual({ ...sampleActual(), metadata: { name: 'left', tenant: 'default' } }, left);
  expect(await find({ near: 'Box/a', beside: 'Box/left' })).toEqual([]);
  expect(await find({ near: 'Box/a' }, 'blue')).toHaveLength(1);
});

test.each(['box/nowhere', 'Shelf/nowhere', 'Box/a/b', 'Box', 'Box/Not a name', '/srv/Box/nowhere', ''])(
  '"%s" names no resource of a kind that is kept here',
  async (text) => {
    expect(await find({ text, number: 7, nothing: null })).toEqual([]);
  },
);
