/**
 * Bad resources and the answer each must get, at every door: the rows of the specification's list, on kind `Database`.
 * A text is what stands in a file or in etcd; its resource is called `name`, unless the name is what is bad.
 */
export interface BadResource {
  /** The row of the list, or what else it is like. */
  readonly row: string;
  readonly reason: string;
  readonly text: (name: string) => string;
  /** Beginning of the coded line, `CODE path`; what comes after a `:` or `.` at its end is left open. */
  readonly answer: string;
  /** Part of what to do about it. */
  readonly remedy: string;
  /** Only at the command line, or only straight in etcd; both where it is left out. */
  readonly only?: 'line' | 'etcd';
}

const bad = (
  row: string,
  reason: string,
  text: BadResource['text'],
  answer: string,
  remedy: string,
  only?: BadResource['only'],
): BadResource => ({ row, reason, text, answer, remedy, ...(only === undefined ? {} : { only }) });

interface Changes {
  readonly metadata?: object;
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

const resource = (name: string, { metadata = {}, spec = {}, ...rest }: Changes = {}) => ({
  apiVersion: 'homeostat/v1',
  kind: 'Database',
  metadata: { name, ...metadata },
  spec,
  ...rest,
});
const json = (changes: Changes) => (name: string) => JSON.stringify(resource(name, changes));
/** A resource whose `spec.replicas`, or another field, is written as it is here, not as JSON would. */
const raw = (field: string, written: string) => (name: string) =>
  JSON.stringify(resource(name, { spec: { [field]: 'HERE' } })).replace('"HERE"', written);
const named = (bad: string) => json({ metadata: { name: bad } });
const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----\n';

// prettier-ignore
export const badResources: readonly BadResource[] = [
  bad('1', 'empty', () => '', 'INVALID_BODY $', 'write apiVersion'),
  bad('1', 'null', () => 'null', 'INVALID_BODY $', 'write apiVersion'),
  bad('1', 'a list', () => '[]', 'INVALID_BODY $', 'write apiVersion'),
  bad('1', 'a text', () => '"x"', 'INVALID_BODY $', 'write apiVersion'),
  bad('2', 'broken JSON', () => '{"kind" "Database"}', 'PARSE_ERROR 1:9', 'write valid JSON'),
  bad('2', 'a trailing comma', () => '{\n  "a": 1,\n}', 'PARSE_ERROR 3:1', 'write valid JSON'),
  bad('2', 'cut off', (name) => json({})(name).slice(0, -1), 'PARSE_ERROR 1:', 'write valid JSON'),
  bad('2', 'broken YAML', () => 'kind: [', 'PARSE_ERROR 1:', 'write valid YAML', 'line'),
  bad('2', 'YAML where JSON is kept', () => 'kind: Database', 'PARSE_ERROR 1:1', 'write valid JSON', 'etcd'),
  bad('2', 'two values', (name) => json({})(name).repeat(2), 'PARSE_ERROR $', 'one resource a key', 'etcd'),
  bad('4', 'a key twice', (name) => json({ spec: { replicas: 1, x: 2 } })(name).replace('"x"', '"replicas"'), 'DUPLICATE_KEY spec.replicas', 'keep one'),
  bad('4', 'a key twice, written differently', (name) => json({ spec: { replicas: 1, x: 2 } })(name).replace('"x"', String.raw`"\u0072eplicas"`), 'DUPLICATE_KEY spec.replicas', 'keep one'),
  bad('5', 'no kind', json({ kind: undefined }), 'UNKNOWN_KIND kind', 'there is '),
  bad('5', 'a mistyped kind', json({ kind: 'Databse' }), 'UNKNOWN_KIND kind', 'did you mean Database?'),
  bad('5', 'a kind in small letters', json({ kind: 'database' }), 'UNKNOWN_KIND kind', 'did you mean Database?'),
  bad('5', 'a kind that is no text', json({ kind: ['Database'] }), 'UNKNOWN_KIND kind', 'there is '),
  bad('6', 'an unknown version', json({ apiVersion: 'homeostat/v9' }), 'UNKNOWN_VERSION apiVersion', 'write apiVersion: homeostat/v1'),
  bad('6', 'no version', json({ apiVersion: undefined }), 'MISSING_FIELD apiVersion', 'add it'),
  bad('7', 'an unknown field', json({ spec: { replica: 1 } }), 'UNKNOWN_FIELD spec.replica', 'did you mean replicas?'),
  bad('7', 'an unknown field of the envelope', json({ specs: {} }), 'UNKNOWN_FIELD specs', 'did you mean spec?'),
  bad('7', 'an unknown field of the metadata', json({ metadata: { label: {} } }), 'UNKNOWN_FIELD metadata.label', 'did you mean labels?'),
  bad('8', 'no name', json({ metadata: { name: undefined } }), 'MISSING_FIELD metadata.name', 'add it'),
  bad('8', 'an empty name', named(''), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('8', 'a name of 254 characters', named('a'.repeat(254)), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('8', 'a name that begins with -', named('-a'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('8', 'a name that climbs', named('../a'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('8', 'a tenant that climbs', json({ metadata: { tenant: '../t2' } }), 'INVALID_NAME metadata.tenant', 'choose another name'),
  bad('10', 'a name with NUL', named('a\u0000b'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('10', 'a name with a line break', named('a\nb'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('10', 'a name with a tab', named('a\tb'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('11', 'a Cyrillic letter', named('prod-\u0430pi'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('11', 'full-width letters', named('ｐｒｏｄ'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('11', 'a zero-width joiner', named('a\u200db'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('11', 'text turned round', named('a\u202eb'), 'INVALID_NAME metadata.name', 'choose another name'),
  bad('12', 'a lone surrogate', raw('description', String.raw`"\ud800"`), 'INVALID_UNICODE spec.description', 'write whole characters'),
  bad('12', 'a lone surrogate in a key', (name) => json({ metadata: { labels: { HERE: '' } } })(name).replace('HERE', String.raw`\udc00`), 'INVALID_UNICODE metadata.labels.', 'write whole characters'),
  bad('15', '__proto__', (name) => json({ metadata: { labels: { HERE: 'x' } } })(name).replace('HERE', '__proto__'), 'FORBIDDEN_KEY metadata.labels.__proto__', 'rename it'),
  bad('15', 'constructor', json({ spec: { constructor: { prototype: {} } } }), 'FORBIDDEN_KEY spec.constructor', 'rename it'),
  bad('16', 'a number as text', json({ spec: { replicas: '3' } }), 'INVALID_NUMBER spec.replicas', 'write a'),
  bad('16', 'a fraction', json({ spec: { replicas: 3.5 } }), 'INVALID_NUMBER spec.replicas', 'write a whole number'),
  bad('16', 'a number below the range', json({ spec: { replicas: -1 } }), 'INVALID_NUMBER spec.replicas', 'at least 0'),
  bad('16', 'a number above the range', json({ spec: { replicas: 101 } }), 'INVALID_NUMBER spec.replicas', 'at most 100'),
  bad('16', '1e999', raw('replicas', '1e999'), 'INVALID_NUMBER spec.replicas', 'choose a smaller number'),
  bad('16', 'NaN', raw('replicas', 'NaN'), 'INVALID_NUMBER spec.replicas', 'write a number'),
  bad('16', 'a number that would be rounded', raw('replicas', '9007199254740993'), 'INVALID_NUMBER spec.replicas', 'choose a smaller number'),
  bad('16', 'a number that is null', json({ spec: { replicas: null } }), 'INVALID_NUMBER spec.replicas', 'write a'),
  bad('18', 'nesting of 20,000', raw('description', '['.repeat(20_000) + ']'.repeat(20_000)), 'TOO_DEEP $', 'make it flatter'),
  bad('18', 'nesting of 33', raw('description', '['.repeat(33) + ']'.repeat(33)), 'TOO_DEEP $', 'make it flatter'),
  bad('19', 'a list of 500,000', raw('tags', `[${'0,'.repeat(499_999)}0]`), 'TOO_MANY_ITEMS $', 'split the resource'),
  bad('19', 'an object of 100,000 keys', (name) => json({ spec: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, 0])) })(name), 'TOO_MANY_ITEMS $', 'split the resource'),
  bad('19', 'a list over its own limit', json({ spec: { tags: ['a', 'b', 'c', 'd'] } }), 'TOO_MANY_ITEMS spec.tags', 'keep at most 3'),
  bad('20', 'a value of 1.6 MB', json({ spec: { description: 'x'.repeat(1_600_000) } }), 'TOO_LARGE $', 'keep large content elsewhere', 'line'),
  bad('20', 'a value of 1.2 MB', json({ spec: { description: 'x'.repeat(1_200_000) } }), 'TOO_LARGE $', 'keep large content elsewhere'),
  bad('20', 'a value that only its escapes make too large', json({ spec: { description: '\u0001'.repeat(60_000) } }), 'TOO_LARGE $', 'keep large content elsewhere'),
  bad('23', 'a dependency that is not there', json({ metadata: { dependsOn: ['Database/nix'] } }), 'NOT_FOUND metadata.dependsOn[0]', 'apply it first'),
  bad('23', "another tenant's dependency", json({ metadata: { dependsOn: ['t2/Database/theirs'] } }), 'NOT_FOUND metadata.dependsOn[0]', 'apply it first'),
  bad('23', 'a dependency that is no name', json({ metadata: { dependsOn: ['a/b/c/d'] } }), 'INVALID_VALUE metadata.dependsOn[0]', 'write Kind/name'),
  bad('23', 'a dependency on itself', (name) => json({ metadata: { dependsOn: [name] } })(name), 'INVALID_VALUE metadata.dependsOn[0]', 'take it out'),
  bad('24', 'thousands of dependencies', json({ metadata: { dependsOn: Array.from({ length: 9_000 }, (_, index) => `d${index}`) } }), 'TOO_MANY_ITEMS metadata.dependsOn', 'keep at most 100'),
  bad('30', 'another kind than its key says', json({ kind: 'Cache' }), 'KIND_MISMATCH kind', 'write Database', 'etcd'),
  bad('30', 'another name than its key says', named('someone-else'), 'INVALID_VALUE metadata.name', 'put it under its own key', 'etcd'),
  bad('30', 'another tenant than its key says', json({ metadata: { tenant: 't2' } }), 'INVALID_VALUE metadata.tenant', 'put it under its own key', 'etcd'),
  bad('32', 'a password in a plain field', json({ spec: { env: { DB_PASSWORD: 'hunter2' } } }), 'SECRET_IN_SPEC spec.env.DB_PASSWORD', 'use secretRef'),
  bad('32', 'a private key', json({ spec: { description: pem } }), 'SECRET_IN_SPEC spec.description', 'use secretRef'),
  bad('32', 'a password in a web address', json({ spec: { env: { URL: 'postgres://app:hunter2@db/app' } } }), 'SECRET_IN_SPEC spec.env.URL', 'use secretRef'),
  bad('32', 'a token among the annotations', json({ metadata: { annotations: { note: `ghp_${'a1'.repeat(18)}` } } }), 'SECRET_IN_SPEC metadata.annotations.note', 'use secretRef'),
  bad('32', 'a password that is no text either', json({ spec: { env: { DB_PASSWORD: 4_711_4711 } } }), 'INVALID_VALUE spec.env.DB_PASSWORD', 'write text or an object'),
  bad('33', "another tenant's secret", json({ spec: { env: { DB_PASSWORD: { secretRef: 't2/db-password' } } } }), 'NOT_FOUND spec.env.DB_PASSWORD.secretRef', 'HOMEOSTAT_SECRET_'),
  bad('33', 'a secret that is not there', json({ spec: { env: { DB_PASSWORD: { secretRef: 'db-password' } } } }), 'NOT_FOUND spec.env.DB_PASSWORD.secretRef', 'HOMEOSTAT_SECRET_', 'etcd'),
  bad('33', 'a secret of a bad name', json({ spec: { env: { DB_PASSWORD: { secretRef: 'DB__PASSWORD' } } } }), 'INVALID_NAME spec.env.DB_PASSWORD.secretRef', 'name a secret'),
  bad('34', 'a duration in parsecs', json({ spec: { keepFor: '5 parsecs' } }), 'INVALID_DURATION spec.keepFor', 'such as PT30S'),
  bad('34', 'a duration below nothing', json({ spec: { keepFor: '-3s' } }), 'INVALID_DURATION spec.keepFor', 'such as PT30S'),
  bad('34', 'a schedule of four fields', json({ spec: { backupAt: '* * * *' } }), 'INVALID_CRON spec.backupAt', 'such as "0 3 * * *"'),
  bad('34', 'a day that never was', json({ spec: { createdOn: '2026-02-30' } }), 'INVALID_DATE spec.createdOn', 'such as 2026-02-28'),
  bad('34', 'a time on a day that never was', json({ spec: { restoreTo: '2026-02-30T12:00:00Z' } }), 'INVALID_DATE spec.restoreTo', 'such as 2026-02-28T12:00:00Z'),
  bad('34', 'a date that is a number', json({ spec: { createdOn: 20_260_228 } }), 'INVALID_VALUE spec.createdOn', 'write text'),
  bad('shape', 'a value outside the list', json({ spec: { engine: 'postgre' } }), 'INVALID_VALUE spec.engine', 'did you mean postgres?'),
  bad('shape', 'a bad name in a map', json({ spec: { env: { 'x-y': '1' } } }), 'INVALID_VALUE spec.env.x-y', 'choose another name'),
  bad('shape', 'a branch that is none', json({ spec: { check: { type: 'htp', port: 1 } } }), 'INVALID_VALUE spec.check.type', 'did you mean http?'),
  bad('shape', 'a spec that is a list', json({ spec: [] }), 'INVALID_VALUE spec', 'write an object'),
  bad('shape', 'labels that are no texts', json({ metadata: { labels: { a: 1 } } }), 'INVALID_VALUE metadata.labels.a', 'write text'),
  bad('shape', 'a mode that is none', json({ metadata: { annotations: { 'homeostat.io/mode': 'atc' } } }), 'INVALID_VALUE metadata.annotations["homeostat.io/mode"]', 'write observe, propose, act'),
];

/** What a test calls a row. */
export function titleOf({ row, reason, answer }: BadResource): string {
  return `${row} ${reason} → ${answer}`;
}

/** Whether a coded line is the one a row asks for: code and path at its beginning, the remedy at its end. */
export function isAnswerTo({ answer, remedy }: BadResource, line: string): boolean {
  const begins = line.startsWith(/[.:]$/.test(answer) ? answer : `${answer}: `);
  return begins && (line.split(' — ').at(-1) ?? '').includes(remedy);
}
