import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { listConfigFields } from '../../../src/config/config-fields.ts';
import { configSchema } from '../../../src/config/config-schema.ts';
import { environmentFields } from '../../../src/config/environment.ts';
import { expectTables, showDefault } from '../../support/written-table.ts';

const file = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));
const fields = listConfigFields();

test('the document on configuration lists the fields as the schema has them', async () => {
  const rows = fields.map(({ name, variable, values, standard, description }) => [
    `\`${name}\``,
    variable === undefined ? '' : `\`${variable}\``,
    values,
    showDefault(standard),
    description,
  ]);
  await expectTables(file, { fields: [['field', 'variable', 'values', 'default', 'meaning'], ...rows] });
});

test('every variable names a field, and every field has one but those that hold names of their own', () => {
  const named = fields.flatMap(({ variable }) => variable ?? []);
  expect(named.toSorted()).toEqual(Object.keys(environmentFields).toSorted());
  const unnamed = fields.filter(({ variable }) => variable === undefined).map(({ name }) => name);
  expect(unnamed).toEqual([
    'mode.kinds',
    'mode.tenants',
    'models.planning',
    'models.prices',
    'heal.prometheus.queries',
  ]);
  const [, told = ''] = /which need the file: ([^.]*\.[^]*?)\. So do/.exec(readFileSync(file, 'utf8')) ?? [];
  expect([...told.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(unnamed);
});

test('every field is described, in a sentence', () => {
  for (const { name, description } of fields) expect(description, name).toMatch(/^[`A-Z].*\.$/);
});

test('the example in the document is a valid configuration', () => {
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(file, 'utf8')) ?? [];
  expect(configSchema.parse(parse(example)).mode.tenants).toEqual({ production: 'propose' });
});
