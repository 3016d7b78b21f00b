import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentFields } from '../../../src/config/environment.ts';
import { loadConfig, readSecret, type ConfigSources } from '../../../src/config/load-config.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = join(folder, 'homeostat.yaml');
  writeFileSync(file, text);
  return file;
}
function errorsOf(sources: ConfigSources) {
  try {
    loadConfig({ environment: {}, ...sources });
    return [];
  } catch (error) {
    const errors = toCodedErrors(error);
    if (errors.length === 0) throw error;
    for (const { remedy } of errors) expect(remedy).toBeDefined();
    return errors;
  }
}
const codesOf = (sources: ConfigSources) => errorsOf(sources).map(({ code, path }) => `${code} ${path}`);

describe('configuration', () => {
  test('needs nothing: everything has a default, durations in milliseconds', () => {
    expect(loadConfig({ environment: { HOMEOSTAT_CACHE_DIR: '/cache' } })).toMatchObject({
      temporal: { namespace: 'default', tls: false },
      etcd: { root: '/homeostat' },
      runtime: { roles: ['worker', 'watcher'], concurrentActivities: 50, shutdownGrace: 10_000, shutdownForce: 20_000 },
      approvals: { expireAfter: 86_400_000 },
      retry: { first: 60_000, longest: 3_600_000 },
      log: { level: 'info' },
      cacheDir: '/cache',
    });
  });

  test('an empty folder for the cache is none', () => {
    const environment = { HOMEOSTAT_CACHE_DIR: '', XDG_CACHE_HOME: '/home/me/.cache' };
    expect(loadConfig({ environment }).cacheDir).toBe('/home/me/.cache/homeostat');
  });

  test('file < environment < command line', () => {
    const file = fileWith('etcd: {root: /file, caFile: from-file}\nlog: {level: debug}\nruntime: {roles: [worker]}\n');
    const environment = { HOMEOSTAT_ETCD_ROOT: '/env', HOMEOSTAT_LOG_LEVEL: 'warn' };
    const config = loadConfig({ environment, file, overrides: { etcd: { root: '/flag' } } });
    expect(config).toMatchObject({
      etcd: { root: '/flag', caFile: 'from-file' },
      log: { level: 'warn' },
      runtime: { roles: ['worker'] },
      file,
    });
  });

  test("takes Temporal's own variables, weaker than ours, and only where they are meant", () => {
    const environment = { TEMPORAL_ADDRESS: 'theirs:7233', TEMPORAL_NAMESPACE: 'ns' };
    expect(loadConfig({ environment }).temporal).toMatchObject({ address: 'theirs:7233', namespace: 'ns' });
    expect(
      loadConfig({ environment: { ...environment, HOMEOSTAT_TEMPORAL_ADDRESS: 'ours:7233' } }).temporal.address,
    ).toBe('ours:7233');
    expect(loadConfig({ environment: { TEMPORAL_NAMESPACE: 'ns' } }).temporal.namespace).toBe('default');
  });

  test('takes lists and numbers from text', () => {
    const environment = {
      HOMEOSTAT_ETCD_ENDPOINTS: 'a:2379, http://b:2379',
      HOMEOSTAT_ROLES: 'watcher',
      HOMEOSTAT_HEALTH_PORT: '8080',
      HOMEOSTAT_TEMPORAL_TLS: 'true',
      HOMEOSTAT_SHUTDOWN_GRACE: '1.5s',
    };
    expect(loadConfig({ environment })).toMatchObject({
      etcd: { endpoints: ['a:2379', 'http://b:2379'] },
      runtime: { roles: ['watcher'], healthPort: 8_080, shutdownGrace: 1_500 },
      temporal: { tls: true },
    });
  });

  test('takes webhooks by their address alone, in the format of its host, or as it is said', () => {
    const slack = 'https://hooks.slack.com/services/T0/B0/x';
    const url = 'http://127.0.0.1:9000/hook';
    const environment = { HOMEOSTAT_NOTIFY_WEBHOOKS: `${slack}, ${url}` };
    const told = [
      { url: slack, format: 'slack' },
      { url, format: 'json' },
    ];
    expect(loadConfig({ environment }).notify.webhooks).toEqual(told);
    const file = fileWith(`notify: {webhooks: [{url: '${slack}', format: json}, '${url}']}\n`);
    expect(loadConfig({ environment: {}, file }).notify.webhooks).toEqual([
      { url: slack, format: 'json' },
      { url, format: 'json' },
    ]);
  });

  test('every variable names a field there is', () => {
    for (const [name, field] of Object.entries(environmentFields)) {
      const faults = codesOf({ environment: { [name]: '\u0000' } });
      for (const fault of faults) expect(fault).toMatch(new RegExp(`^INVALID_CONFIG ${field.replace('.', '\\.')}`));
    }
  });
});

describe('start-up is refused', () => {
  test('for a variable nobody knows, saying which was meant', () => {
    const [error] = errorsOf({ environment: { HOMEOSTAT_ETCD_ENDPOINT: 'x' } });
    expect(error).toMatchObject({
      code: 'INVALID_CONFIG',
      path: 'HOMEOSTAT_ETCD_ENDPOINT',
      remedy: 'did you mean HOMEOSTAT_ETCD_ENDPOINTS?',
    });
    expect(codesOf({ environment: { HOMEOSTAT_SECRET_X: 'x', HOMEOSTAT_TEST_Y: 'y', PATH: '/bin' } })).toEqual([]);
  });

  test('with everything that is wrong in one list', () => {
    const file = fileWith(
      'etc: {}\nruntime: {healthPort: 99999, roles: [boss]}\nretry: {first: 5 parsecs}\nmirror: nowhere\n',
    );
    expect(
      codesOf({ file, environment: { HOMEOSTAT_TYPO: '1', HOMEOSTAT_TEMPORAL_ADDRESS: 'no port' } }).toSorted(),
    ).toEqual([
      'INVALID_CONFIG HOMEOSTAT_TYPO',
      'INVALID_CONFIG etc',
      'INVALID_CONFIG mirror',
      'INVALID_CONFIG retry.first',
      'INVALID_CONFIG runtime.healthPort',
      'INVALID_CONFIG runtime.roles[0]',
      'INVALID_CONFIG temporal.address',
    ]);
  });

  test.each([
    { environment: { HOMEOSTAT_TEMPORAL_PORT: '' }, path: 'temporal.port', reason: 'no port' },
    { environment: { HOMEOSTAT_TEMPORAL_PORT: '0' }, path: 'temporal.port', reason: 'port 0' },
    {
      environment: { HOMEOSTAT_CONCURRENT_ACTIVITIES: 'many' },
      path: 'runtime.concurrentActivities',
      reason: 'no number',
    },
    { environment: { HOMEOSTAT_ETCD_ROOT: 'homeostat/' }, path: 'etcd.root', reason: 'a root that is none' },
    { environment: { HOMEOSTAT_HOST: 'Host_1' }, path: 'runtime.host', reason: 'a host that is no DNS label' },
    { environment: { HOMEOSTAT_TEMPORAL_TLS: 'perhaps' }, path: 'temporal.tls', reason: 'neither yes nor no' },
    { environment: { HOMEOSTAT_ETCD_ENDPOINTS: '' }, path: 'etcd.endpoints[0]', reason: 'no endpoints' },
    { environment: { HOMEOSTAT_MODELS_DAILY_BUDGET: '' }, path: 'models.dailyBudget', reason: 'no budget' },
    {
      environment: { HOMEOSTAT_APPROVALS_EXPIRE_AFTER: '-3s' },
      path: 'approvals.expireAfter',
      reason: 'a duration before zero',
    },
    { environment: { HOMEOSTAT_ETCD_CERT_FILE: 'a.pem' }, path: 'etcd.certFile', reason: 'a certificate, no key' },
    { environment: { HOMEOSTAT_ETCD_KEY_FILE: 'a.pem' }, path: 'etcd.keyFile', reason: 'a key, no certificate' },
  ])('$reason → INVALID_CONFIG $path', ({ environment, path }) => {
    expect(codesOf({ environment })).toEqual([`INVALID_CONFIG ${path}`]);
  });

  test.each([
    { environment: { HOMEOSTAT_TEMPORAL_ADDRESS: 'host:99999' }, path: 'temporal.address', reason: 'port 99999' },
    {
      environment: { HOMEOSTAT_ETCD_ENDPOINTS: 'host:99999' },
      path: 'etcd.endpoints[0]',
      reason: 'port 99999 of etcd',
    },
    {
      environment: { HOMEOSTAT_MIRROR: 'javascript:alert(1)' },
      path: 'mirror',
      reason: 'a mirror that is no web address',
    },
    {
      environment: { HOMEOSTAT_APPROVALS_EXPIRE_AFTER: '999999999d' },
      path: 'approvals.expireAfter',
      reason: 'a time past all dates',
    },
    {
      environment: { HOMEOSTAT_APPROVALS_EXPIRE_AFTER: '0s' },
      path: 'approvals.expireAfter',
      reason: 'no time to decide',
    },
  ])('$reason → INVALID_CONFIG $path', ({ environment, path }) => {
    expect(codesOf({ environment })).toEqual([`INVALID_CONFIG ${path}`]);
  });

  test.each([
    [{ HOMEOSTAT_ROLES: 'wroker' }, 'runtime.roles[0]: not one of the values — did you mean worker?'],
    [{ HOMEOSTAT_ETCD_ENDPOINTS: 'https://etcd-1:2379/' }, 'etcd.endpoints[0]: must be host:port'],
    [{ HOMEOSTAT_NOTIFY_EVENTS: 'incident' }, 'notify.events[0]: not one of the values'],
    [{ HOMEOSTAT_NOTIFY_WEBHOOKS: 'http://example.com/x' }, 'notify.webhooks[0].url: must be https'],
  ])(
    'for a list in a variable, saying what is wrong with its item: %o',
    (environment: Record<string, string>, said) => {
      expect(errorsOf({ environment }).map(({ message }) => message)).toEqual([expect.stringContaining(said)]);
    },
  );

  test('but not for the address of a server in IPv6', () => {
    const environment = { HOMEOSTAT_ETCD_ENDPOINTS: '[::1]:2379', HOMEOSTAT_TEMPORAL_ADDRESS: '[fe80::1]:7233' };
    const { etcd, temporal } = loadConfig({ environment });
    expect([etcd.endpoints, temporal.address]).toEqual([['[::1]:2379'], '[fe80::1]:7233']);
  });

  test.each([
    { reason: 'a folder in place of the file', sources: { file: tmpdir() }, path: tmpdir() },
    {
      reason: 'a profile of Temporal that is not there',
      sources: { environment: { TEMPORAL_PROFILE: 'nosuch', HOME: tmpdir() } },
      path: 'TEMPORAL_*',
    },
  ])('for $reason', ({ sources, path }) => {
    expect(codesOf(sources)).toEqual([`INVALID_CONFIG ${path}`]);
  });

  test.each([
    { reason: 'a webhook in the clear beyond this machine', notify: { webhooks: ['http://example.com/hush'] } },
    { reason: 'a webhook with a password', notify: { webhooks: ['https://app:hush@example.com/'] } },
    { reason: 'a webhook that is no address', notify: { webhooks: ['hush'] } },
    { reason: 'a format nobody knows', notify: { webhooks: [{ url: 'https://example.com/hush', format: 'xml' }] } },
    { reason: 'a mail server by the web', notify: { email: { smtp: 'https://example.com/hush' } } },
    { reason: 'a mail server and nobody to write to', notify: { email: { smtp: 'smtps://app:hush@example.com' } } },
    { reason: 'an event nobody knows', notify: { events: ['hush'] } },
  ])('for $reason, without showing it', ({ notify }) => {
    const errors = errorsOf({ overrides: { notify } });
    expect(errors.map(({ code }) => code)).toEqual(['INVALID_CONFIG']);
    expect(errors[0]!.path).toMatch(/^notify\./);
    expect(errors[0]!.message).not.toContain('hush');
  });

  test('for a file that is not there, or cannot be read, saying where', () => {
    expect(codesOf({ file: join(folder, 'none.yaml') })).toEqual([`NOT_FOUND ${join(folder, 'none.yaml')}`]);
    const file = fileWith('etcd:\n  root: [\n');
    expect(codesOf({ file })[0]).toMatch(/^PARSE_ERROR .*homeostat\.yaml:[0-9]+:[0-9]+$/);
    expect(codesOf({ file: fileWith('') })).toEqual([]);
  });

  test.each([
    {
      reason: 'an alias without an anchor',
      text: 'temporal:\n  namespace: *word\n',
      said: ':2:14: refers by * to an anchor that is not there — write the text in quotes',
    },
    {
      reason: 'a tag that nobody knows',
      text: 'temporal: {apiKey: !env FOO}\n',
      said: ':1:20: names by ! a tag that is not there — write the text in quotes',
    },
  ])('for $reason in the file, saying where and what to do', ({ text, said }) => {
    const [error] = errorsOf({ file: fileWith(text) });
    expect(error?.message).toContain(`PARSE_ERROR ${join(folder, 'homeostat.yaml')}${said}`);
  });

  test('for what contradicts itself, in one list with all else', () => {
    const file = fileWith(
      'log: !level debug\netcd: {username: ann}\nruntime: {shutdownGrace: 30s}\nintake: {port: true}\nsweep: {every: no}\n',
    );
    expect(codesOf({ file }).toSorted()).toEqual([
      'INVALID_CONFIG etcd.username',
      'INVALID_CONFIG intake.port',
      'INVALID_CONFIG log',
      'INVALID_CONFIG runtime.shutdownGrace',
      'INVALID_CONFIG sweep.every',
      `PARSE_ERROR ${file}:1:6`,
    ]);
  });

  test.each([
    { environment: { HOMEOSTAT_ETCD_USERNAME: 'ann' }, said: 'etcd.username: needs password beside it' },
    { environment: { HOMEOSTAT_ETCD_PASSWORD: 'hush' }, said: 'etcd.password: needs username beside it' },
    {
      environment: { HOMEOSTAT_SHUTDOWN_GRACE: '30s' },
      said: 'runtime.shutdownGrace: must not be longer than shutdownForce, 20s',
    },
    {
      environment: { HOMEOSTAT_SHUTDOWN_FORCE: '5s' },
      said: 'runtime.shutdownForce: must not be shorter than shutdownGrace, 10s',
    },
  ])('for half of two: $said', ({ environment, said }) => {
    expect(errorsOf({ environment }).map(({ message }) => message)).toEqual([expect.stringContaining(said)]);
  });

  test.each([true, null, [5], ''])('for %j in place of a number', (given) => {
    const overrides = { runtime: { concurrentActivities: given, toolsPerSecond: given } };
    expect(codesOf({ overrides })).toEqual([
      'INVALID_CONFIG runtime.concurrentActivities',
      'INVALID_CONFIG runtime.toolsPerSecond',
    ]);
  });

  test('for a file that is no map, in one line', () => {
    expect(codesOf({ file: fileWith('just text\n') })).toHaveLength(1);
  });

  test('without ever showing a secret', () => {
    const secret = 'hunter2';
    const file = fileWith(
      `etcd: {password: [${secret}], root: ${secret}}\ntemporal: {apiKey: {a: ${secret}}, address: ${secret}}\n`,
    );
    const environment = { HOMEOSTAT_ETCD_USERNAME: '', HOMEOSTAT_ETCD_PASSWORD: '', HOMEOSTAT_TYPO: secret };
    const shown = errorsOf({ file, environment }).map((error) => `${error.message}${error.remedy}`);
    expect(shown.length).toBeGreaterThan(4);
    expect(shown.join()).not.toContain(secret);
    for (const mark of ['*', '!']) {
      const [error] = errorsOf({ file: fileWith(`etcd: {username: ann, password: ${mark}${secret} }\n`) });
      expect(error).toMatchObject({ code: 'PARSE_ERROR' });
      expect(error!.message).not.toContain(secret);
    }
  });
});

describe('a secret', () => {
  const environment = {
    HOMEOSTAT_SECRET_DB_PASSWORD: 'of default',
    HOMEOSTAT_SECRET_T2__DB_PASSWORD: 'of t2',
    HOMEOSTAT_SECRET_A__B__C: 'of a--b',
  };

  test.each([
    { tenant: 'default', name: 'db-password', value: 'of default' },
    { tenant: 't2', name: 'db-password', value: 'of t2' },
    { tenant: 'a--b', name: 'c', value: 'of a--b' },
  ])('of tenant $tenant is the variable of its name', ({ tenant, name, value }) => {
    expect(readSecret(tenant, name, environment)).toBe(value);
  });

  test.each([
    { tenant: 'default', name: 'x', reason: 'there is none' },
    { tenant: 't3', name: 'db-password', reason: 'other tenants have one' },
    { tenant: 'default', name: 't2/db-password', reason: "it is named as another tenant's" },
  ])('that is not there → NOT_FOUND in the same words: $reason', ({ tenant, name }) => {
    expect(() => readSecret(tenant, name, environment)).toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        problem: 'no such secret',
        remedy: expect.stringContaining('HOMEOSTAT_SECRET_') as string,
      }),
    );
  });

  test.each([
    { tenant: 'a', name: 'b--c', reason: 'it would be the variable of tenant a--b, secret c' },
    { tenant: 'default', name: 'T2__DB_PASSWORD', reason: 'it is a variable and no name' },
    { tenant: 'default', name: '', reason: 'it is empty' },
  ])('of a bad name → INVALID_NAME: $reason', ({ tenant, name }) => {
    expect(() => readSecret(tenant, name, environment)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
  });
});
