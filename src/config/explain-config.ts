import type { JsonValue } from '../domain/json.ts';
import { valueAt } from '../domain/own-value.ts';
import { listConfigFields, type ConfigField } from './config-fields.ts';
import { isStillThere, readEndpoints } from './endpoints-file.ts';
import { loadConfig, readLayers, type ConfigSources, type LoadedConfig } from './load-config.ts';

/** A field with the value that holds, and where that came from. */
export interface ExplainedField {
  readonly field: string;
  /** Absent where nothing is set. A secret is `***`. */
  readonly value?: JsonValue;
  /** `default`, the file's name, a variable, `command line`, `homeostat up`; `not set`. */
  readonly from: string;
  /** The variable that would override it. */
  readonly variable?: string;
}

const mask = '***';

/** What is in force and why: the same layers as `loadConfig`, and what the running `up` of this data folder tells. */
export function explainConfig(sources: ConfigSources = {}): readonly ExplainedField[] {
  const config = loadConfig(sources);
  const layers = readLayers(sources, []).toReversed();
  const started = startedValues(config);
  return listConfigFields().map((field) => {
    const { name, variable } = field;
    const path = name.split('.');
    const layer = layers.find(({ input }) => valueAt(input as JsonValue, path) !== undefined);
    const written = layer === undefined ? undefined : valueAt(layer.input as JsonValue, path);
    const value = field.isDuration
      ? (written ?? field.standard)
      : (started[name] ?? valueAt(config as unknown as JsonValue, path));
    return {
      field: name,
      ...(value === undefined ? {} : { value: hide(field, value) }),
      from: value === undefined ? 'not set' : toOrigin(field, layer?.origin, started[name] !== undefined),
      ...(variable === undefined ? {} : { variable }),
    };
  });
}

function toOrigin({ variable }: ConfigField, origin: string | undefined, isStarted: boolean): string {
  if (isStarted) return 'homeostat up';
  if (origin === 'environment') return variable ?? origin;
  return origin ?? 'default';
}

/** Addresses of servers that `up` has started; they hold where none is configured, see `findServers`. */
function startedValues({ dataDir, temporal, etcd }: LoadedConfig): Readonly<Record<string, JsonValue>> {
  const started = readEndpoints(dataDir);
  if (started === undefined) return {};
  const { address, namespace, uiUrl } = started.temporal;
  const isTemporalStarted = temporal.address === undefined && isStillThere(started.temporal);
  const isEtcdStarted = etcd.endpoints === undefined && isStillThere(started.etcd);
  return {
    ...(isTemporalStarted ? { 'temporal.address': address, 'temporal.namespace': namespace } : {}),
    ...(isTemporalStarted && temporal.uiUrl === undefined && uiUrl !== undefined ? { 'temporal.uiUrl': uiUrl } : {}),
    ...(isEtcdStarted ? { 'etcd.endpoints': started.etcd.endpoints } : {}),
  };
}

/** A mirror's address may hold a password too. */
function hide({ isSecret }: ConfigField, value: JsonValue): JsonValue {
  const isEmpty = Array.isArray(value) && value.length === 0;
  if (isSecret && !isEmpty) return mask;
  return typeof value === 'string' ? value.replace(/(\/\/)[^/@]*@/, `$1${mask}@`) : value;
}
