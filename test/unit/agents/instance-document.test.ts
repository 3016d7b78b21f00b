import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createInstanceKind, instanceSpecSchema } from '../../../src/agents/instance/instance-kind.ts';
import { isJsonObject, type JsonObject } from '../../../src/domain/json.ts';
import { instanceTypes } from '../../../src/drivers/instance-types.ts';
import { expectTables, showDefault } from '../../support/written-table.ts';

const file = fileURLToPath(new URL('../../../docs/instance.md', import.meta.url));
const text = readFileSync(file, 'utf8');

interface Field {
  readonly name: string;
  readonly values: string;
  readonly standard: string;
  readonly meaning: string;
}

/** The fields of an object, each followed by those below it; of one of several forms all that any of them has. */
function listFields(schema: JsonObject, path: string): readonly Field[] {
  const forms = Array.isArray(schema.oneOf) ? schema.oneOf.filter(isJsonObject) : [schema];
  const names = new Set(forms.flatMap(({ properties }) => (isJsonObject(properties) ? Object.keys(properties) : [])));
  return [...names].flatMap((name) => {
    const having = forms.flatMap((form) => {
      const field = (form.properties as JsonObject)[name];
      return isJsonObject(field) ? [{ form, field }] : [];
    });
    const [{ form, field }] = having as [(typeof having)[number]];
    const isRequired = Array.isArray(form.required) && form.required.includes(name);
    const types = having.map((one) => constantOf((one.form.properties as JsonObject).type));
    const only = having.length === forms.length ? [] : [`Of ${types.join(' and ')} alone.`];
    const constants = having.flatMap((one) => constantOf(one.field) ?? []);
    const shown: Field = {
      name: `${path}${name}`,
      values: constants.length > 0 ? constants.join(', ') : showValues(field),
      standard: isRequired ? '_required_' : showDefault(field.default),
      meaning: [...(typeof field.description === 'string' ? [`${field.description}.`] : []), ...only].join(' '),
    };
    return [shown, ...listFields(field, `${path}${name}.`)];
  });
}

function constantOf(schema: unknown): string | undefined {
  return isJsonObject(schema) && typeof schema.const === 'string' ? `\`${schema.const}\`` : undefined;
}

function showValues(schema: JsonObject): string {
  const { type, items, additionalProperties, anyOf, minimum, maximum } = schema;
  if (Array.isArray(schema.enum)) return schema.enum.map(showDefault).join(', ');
  if (Array.isArray(anyOf)) return anyOf.filter(isJsonObject).map(showValues).join(', or ');
  if (isJsonObject(items)) return `list: ${showValues(items)}`;
  if (isJsonObject(additionalProperties)) return `name: ${showValues(additionalProperties)}`;
  if (isJsonObject(schema.properties)) return Object.keys(schema.properties).join(', ');
  if (Array.isArray(schema.oneOf)) return 'one of three forms';
  return type === 'integer' ? `${JSON.stringify(minimum)} to ${JSON.stringify(maximum)}` : 'text';
}

test('the document on instances lists the fields of a spec as the schema has them, and the sizes', async () => {
  const schema = z.toJSONSchema(instanceSpecSchema, { io: 'input' }) as unknown as JsonObject;
  const fields = listFields(schema, '').map(({ name, values, standard, meaning }) => [
    `\`${name}\``,
    values,
    standard,
    meaning.replaceAll('<', '\\<'),
  ]);
  const sizes = Object.entries(instanceTypes).map(([name, { cpus, memoryMiB }]) => [
    `\`${name}\``,
    String(cpus),
    String(memoryMiB),
  ]);
  await expectTables(file, {
    fields: [['field', 'values', 'default', 'meaning'], ...fields],
    sizes: [['`type`', 'processors', 'MiB of memory'], ...sizes],
  });
});

test('it tells of every field that is observed', () => {
  const { properties } = z.toJSONSchema(createInstanceKind(new Map()).status) as { properties: object };
  const [, observed = ''] = /\n## What is observed\n([^]*?)\n## /.exec(text) ?? [];
  const told = [...observed.matchAll(/^\| (.*?) +\|/gm)].flatMap(
    ([, cell = '']) => cell.match(/(?<=`)\w+(?=`)/g) ?? [],
  );
  expect(told.toSorted()).toEqual(Object.keys(properties).toSorted());
});

test('its example is a valid resource', () => {
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(text) ?? [];
  const resource = parse(example) as { kind: string; spec: unknown };
  expect(resource.kind).toBe('Instance');
  expect(instanceSpecSchema.parse(resource.spec).desiredState).toBe('running');
});
