import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { environmentFields } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { parseDuration } from '../../src/domain/duration.ts';
import { searchAttributeNames } from '../../src/domain/messages.ts';
import { etcdServer } from '../../src/servers/etcd-server.ts';
import { ETCD_MODULE } from '../../src/servers/pinned.ts';
import { temporalServer } from '../../src/servers/temporal-server.ts';
import { checkOurCommand } from '../support/our-command.ts';
import { projectRoot } from '../support/run-program.ts';

/** What can be said of docker-compose.yml without an engine; that the whole runs was seen by hand, see docs/operations.md. */
interface Service {
  readonly image: string;
  readonly build?: string;
  readonly user?: string;
  readonly restart: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: object;
  readonly init?: boolean;
  readonly stop_grace_period?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }));
/** A service that others wait for until it has ended well. */
const isOnce = (name: string) =>
  services.some(({ service }) => service.depends_on?.[name]?.condition === 'service_completed_successfully');
const lasting = services.filter(({ name }) => !isOnce(name));
const ours = services.filter(({ service }) => service.build !== undefined);
const dockerfile = read('Dockerfile');
/** As Compose fills it in where nothing was set. */
const filledIn = (value: string) => value.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');

describe('by the schema of the Compose Specification', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const isValid = ajv.compile(JSON.parse(read('test/contract/compose-spec/schema.json')) as object);

  test('the file is valid', () => {
    isValid(compose);
    expect(isValid.errors ?? []).toEqual([]);
  });

  test('what the operations document says to put over it is valid, and about services that are there', () => {
    const blocks = [...read('docs/operations.md').matchAll(/```yaml\n(services:[^]*?)```/g)].map(([, block]) => block!);
    expect(blocks).toHaveLength(2);
    for (const block of blocks) {
      const override = parse(block) as typeof compose;
      isValid(override);
      expect(isValid.errors ?? []).toEqual([]);
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(override.services)));
    }
  });

  test('a misspelt field is not', () => {
    expect(isValid({ services: { one: { image: 'a:1', helthcheck: {} } } })).toBe(false);
  });
});

describe.each(services)('service $name', ({ name, service }) => {
  test('its image is pinned to one version', () => {
    expect(service.image).toMatch(/^[a-z0-9./-]+:v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z]+)?$/);
  });

  test('it comes back by itself, or is tried again until it has done its work', () => {
    expect(service.restart).toMatch(isOnce(name) ? /^on-failure:[0-9]+$/ : /^unless-stopped$/);
  });

  test('it may do little, and is not root unless it must', () => {
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    if (name === 'etcd-volume') expect(service).toMatchObject({ user: 'root', cap_add: ['CHOWN'] });
    else {
      expect(service.cap_add).toBeUndefined();
      expect(service.user ?? 'as in its image').not.toMatch(/^(root|0)(:|$)/);
    }
  });

  test('it waits for the health of what has a health check, and for the end of what ends', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services, other).toHaveProperty(other);
      expect(condition, other).toBe(isOnce(other) ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  test('its ports are on loopback alone', () => {
    for (const port of service.ports ?? []) expect(filledIn(port)).toMatch(/^127\.0\.0\.1:[0-9]+:[0-9]+$/);
  });

  test('what it mounts is declared, or is in the repository and only read', () => {
    for (const volume of service.volumes ?? []) {
      const [source, , mode] = volume.split(':');
      if (!source!.startsWith('./')) expect(compose.volumes).toHaveProperty(source!);
      else {
        expect(existsSync(join(projectRoot, source!))).toBe(true);
        expect(mode).toBe('ro');
      }
    }
  });

  test('it holds no secret', () => {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|PWD|SECRET|KEY/.test(variable)) expect(value).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
    }
  });
});

test.each(lasting)('service $name has a health check', ({ service }) => {
  if (service.build === undefined) expect(service.healthcheck).toBeDefined();
  else expect(dockerfile).toContain('HEALTHCHECK');
});

describe('variables', () => {
  const used = [...new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name!))].toSorted();
  const example = read('.env.example');
  const documented = [...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);

  test('every one is in .env.example, and the other way round', () => {
    // Compose's own.
    expect(documented.filter((name) => name !== 'COMPOSE_PROFILES').toSorted()).toEqual(used);
  });

  test('the example has no password that somebody could leave as it is', () => {
    expect(example).toMatch(/^POSTGRES_PASSWORD=$/m);
  });
});

describe.each(ours)('our service $name', ({ name, service }) => {
  const environment = Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([variable, value]) => [variable, filledIn(value)]),
  );

  test('its settings are settings of ours', () => {
    expect(Object.keys(environmentFields)).toEqual(expect.arrayContaining(Object.keys(environment)));
    const { temporal, etcd } = loadConfig({ environment });
    expect(compose.services).toHaveProperty(temporal.address!.split(':')[0]!);
    expect(compose.services).toHaveProperty(new URL(etcd.endpoints![0]!).hostname);
  });

  test('its command is a command of ours', async () => {
    await checkOurCommand(service.command!);
  });

  test('it may end in peace: the grace is longer than the time after which it ends regardless', () => {
    expect(parseDuration(service.stop_grace_period!, name)).toBeGreaterThan(
      loadConfig({ environment }).runtime.shutdownForce,
    );
    expect(service.init).toBe(true);
  });

  test('its version is that of the package, and its data is its own', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(service.image).toBe(`homeostat:${version}`);
    const [volume] = service.volumes!;
    expect(volume).toMatch(/^[a-z]+-data:\/var\/lib\/homeostat$/);
    expect(dockerfile).toContain('HOMEOSTAT_DATA_DIR=/var/lib/homeostat');
    expect(ours.filter((other) => other.service.volumes!.includes(volume!))).toHaveLength(1);
  });
});

describe('Temporal', () => {
  const embedded = temporalServer.argv('', {});
  const settings = parse(read('deploy/compose/temporal-dynamic-config.yaml')) as Record<string, { value: unknown }[]>;
  const { server, tools } = {
    server: compose.services['temporal']!.image.split(':')[1],
    tools: services.filter(({ service }) => service.image.startsWith('temporalio/admin-tools:')),
  };

  test('its tools are of its version', () => {
    expect(tools.length).toBeGreaterThan(0);
    for (const { service } of tools) expect(service.image).toBe(`temporalio/admin-tools:${server}`);
  });

  test('its matching is set as in the embedded server: tenants get their fair share', () => {
    const asArguments = Object.entries(settings)
      .filter(([key]) => key.startsWith('matching.'))
      .map(([key, [first]]) => `--dynamic-config-value=${key}=${JSON.stringify(first!.value)}`);
    expect(asArguments.toSorted()).toEqual(embedded.filter((argument) => /=matching\./.test(argument)).toSorted());
  });

  test('its JSON over HTTP is there for its health check alone', () => {
    const { test: check } = compose.services['temporal']!.healthcheck as { readonly test: readonly string[] };
    expect(settings['frontend.httpAllowedHosts']).toEqual([{ value: [new URL(check.at(-1)!).host] }]);
  });

  test('the namespace gets our search attributes, and the retention of the embedded one', () => {
    const script = read('deploy/compose/temporal-namespace.sh');
    const names = [...script.matchAll(/--name (\w+) --type Keyword/g)].map(([, name]) => name!);
    expect(names.toSorted()).toEqual(Object.values(searchAttributeNames).toSorted());
    const { RETENTION, NAMESPACE } = compose.services['temporal-namespace']!.environment!;
    expect(temporalServer.preparation).toContain(`retention ${RETENTION}`);
    for (const { service } of ours)
      expect(service.environment).toMatchObject({ HOMEOSTAT_TEMPORAL_NAMESPACE: NAMESPACE });
  });

  test.each(['temporal-schema', 'temporal-namespace'])('the script of %s is one', (name) => {
    const { status, stderr } = spawnSync('sh', ['-n', join(projectRoot, `deploy/compose/${name}.sh`)]);
    expect(stderr.toString()).toBe('');
    expect(status).toBe(0);
    expect(text).toContain(`/deploy/${name}.sh`);
  });
});

describe('etcd', () => {
  const { command, image } = compose.services['etcd']!;

  test('it is the version we build', () => {
    expect(image).toBe(`gcr.io/etcd-development/etcd:v${ETCD_MODULE.version}`);
  });

  test('it compacts, has a quota and no JSON over HTTP, as the embedded one', () => {
    const embedded = etcdServer.argv('', {}).filter((flag) => /compaction|quota|gateway/.test(flag));
    expect(embedded).toHaveLength(4);
    expect(command).toEqual(expect.arrayContaining(embedded));
  });
});

test('what holds secrets is kept out of the repository', () => {
  expect(read('.gitignore').split('\n')).toEqual(expect.arrayContaining(['.env', 'runtime.env']));
});
