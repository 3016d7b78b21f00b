import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../domain/closest.ts';
import { HomeostatError, HomeostatErrors } from '../domain/failure.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import { checkSecretReference, noSuchSecret, secretVariableOf } from '../domain/secret-reference.ts';
import { cacheDirOf } from './cache-dir.ts';
import { configSchema, type Config, type ConfigInput } from './config-schema.ts';
import { readConfigFile } from './read-config-file.ts';
import { readModelEnvironment } from './model-environment.ts';
import { readTelemetryEnvironment } from './telemetry-environment.ts';
import { readTemporalEnvironment } from './temporal-environment.ts';
import { environmentFields, isOtherVariable } from './environment.ts';

export interface LoadedConfig extends Config {
  /** The file that was read, if there was one. */
  readonly file?: string;
  /** Where downloaded binaries are kept, shared by all projects of a user. */
  readonly cacheDir: string;
}

export interface ConfigSources {
  /** Beats everything: what the command line said. */
  readonly overrides?: ConfigInput;
  readonly environment?: NodeJS.ProcessEnv;
  /** Path of the configuration file; must exist when given. */
  readonly file?: string;
}

/** A part of the configuration, and where it is from. */
export interface ConfigLayer {
  /** Standard variables such as `TEMPORAL_*`, the file's path as it was given, `environment` or `command line`. */
  readonly origin: string;
  readonly input: ConfigInput;
}

/** All that was said, the strongest last; adds what is wrong to `errors`, unless it cannot go on. */
export function readLayers(
  { overrides = {}, environment = process.env, file }: ConfigSources,
  errors: HomeostatError[],
): readonly ConfigLayer[] {
  const path = configFileOf(environment, file);
  return [
    { origin: 'TEMPORAL_*', input: readTemporalEnvironment(environment) },
    { origin: 'OTEL_*', input: readTelemetryEnvironment(environment) },
    { origin: 'ANTHROPIC_*, OPENAI_*, OLLAMA_HOST', input: readModelEnvironment(environment) },
    ...(path === undefined ? [] : [{ origin: path, input: readConfigFile(path, errors) }]),
    { origin: 'environment', input: readEnvironment(environment, errors) },
    { origin: 'command line', input: overrides },
  ];
}

/**
 * Defaults < the standard variables of Temporal, OpenTelemetry and the model providers < `homeostat.yaml` < `HOMEOSTAT_*`
 * < command line. Throws `HomeostatErrors` with everything that is wrong in one list; values are shown only where they
 * cannot be secrets.
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const { environment = process.env } = sources;
  const errors: HomeostatError[] = [];
  const path = configFileOf(environment, sources.file);
  const input = readLayers(sources, errors)
    .map((layer) => layer.input)
    .reduce(merge);
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) {
    errors.push(
      ...toFieldErrors(parsed.error, input, configSchema).map(
        (error) =>
          new HomeostatError('INVALID_CONFIG', {
            path: error.path,
            problem: error.problem,
            ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
          }),
      ),
    );
  }
  if (!parsed.success || errors.length > 0) throw new HomeostatErrors(errors);
  return {
    ...parsed.data,
    dataDir: resolve(parsed.data.dataDir),
    cacheDir: resolve(cacheDirOf(environment)),
    ...(path === undefined ? {} : { file: resolve(path) }),
  };
}

/** A tenant's secret, out of this process's environment. Throws `NOT_FOUND`. */
export function readSecret(tenant: string, name: string, environment: NodeJS.ProcessEnv = process.env): string {
  const path = 'secretRef';
  checkSecretReference({ name, path });
  const value = environment[secretVariableOf(tenant, name)];
  if (value === undefined) throw noSuchSecret(path, name);
  return value;
}

function configFileOf(environment: NodeJS.ProcessEnv, file: string | undefined): string | undefined {
  return file ?? environment.HOMEOSTAT_CONFIG ?? (existsSync('homeostat.yaml') ? 'homeostat.yaml' : undefined);
}

function readEnvironment(environment: NodeJS.ProcessEnv, errors: HomeostatError[]): ConfigInput {
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('HOMEOSTAT_') || isOtherVariable(name)) continue;
    const field = environmentFields[name];
    if (field === undefined) {
      errors.push(
        new HomeostatError('INVALID_CONFIG', {
          path: name,
          problem: 'no such variable',
          remedy: didYouMean(name, Object.keys(environmentFields), 'remove it; homeostat help config lists them'),
        }),
      );
    } else setField(input, field.split('.'), value);
  }
  return input;
}

function setField(target: Record<string, unknown>, [field, ...rest]: string[], value: unknown): void {
  if (field === undefined) return;
  if (rest.length === 0) target[field] = value;
  else setField((target[field] ??= {}) as Record<string, unknown>, rest, value);
}

function merge(base: ConfigInput, over: ConfigInput): ConfigInput {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[key];
    const isSection = (part: unknown) => typeof part === 'object' && part !== null && !Array.isArray(part);
    merged[key] = isSection(below) && isSection(value) ? merge(below as ConfigInput, value as ConfigInput) : value;
  }
  return merged;
}
