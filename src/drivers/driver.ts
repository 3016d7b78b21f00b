import type { ResourceKey } from '../domain/identity.ts';
import type { Observation, Probed } from '../domain/outcome.ts';
import type { SecretReference } from '../domain/secret-reference.ts';

/** How an instance answers that it is ready. Exactly one of the three. */
export type HealthCheck = HealthQuestion & HealthPace;

/** How often the runtime asks by itself, and how many answers in a row count; what is left out is standard. */
export interface HealthPace {
  readonly intervalMs?: number | undefined;
  readonly failureThreshold?: number | undefined;
  readonly successThreshold?: number | undefined;
}

export type HealthQuestion =
  | { readonly type: 'http'; readonly port: number; readonly path: string }
  | { readonly type: 'tcp'; readonly port: number }
  | { readonly type: 'exec'; readonly command: readonly string[] };

/** What an instance is made of; normalised, so that two specs that mean the same are equal. */
export interface InstanceSettings {
  /** Folder or tarball, relative to the runtime's working folder or absolute; `@sha256:<hex>` pins its content. */
  readonly image: string;
  readonly command: readonly string[];
  /** Values, or the names of secrets: these are looked up when the instance is started, and kept nowhere. */
  readonly env: Readonly<Record<string, string | SecretReference>>;
  /** TCP ports the instance listens on; the first becomes `PORT` in its environment unless `env` sets one. */
  readonly ports: readonly number[];
  /** Path below the instance's folder → content. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders below the instance's whose content may be thrown away. */
  readonly scratch: readonly string[];
  /** Size name, see `instance-types.ts`. */
  readonly type: string;
}

/** What a driver sees of an instance. `unknown` exit: this machine's runtime was not the parent when it ended. */
export interface InstanceFacts {
  readonly state: 'running' | 'stopped' | 'exited';
  /** The settings in force, read back from the world (files from the disk, not from memory). */
  readonly settings: InstanceSettings;
  /**
   * Settings that were put in place while it runs and that it does not have: it was started with others, or a configure
   * ended before it was through. Absent where there are none.
   */
  readonly notInForce?: readonly (keyof InstanceSettings)[];
  /** SHA-256 of the unpacked image. */
  readonly imageDigest: string;
  /** The desired image, pinned to the content it has now; only where that is not what was unpacked. */
  readonly imageFound?: string;
  /** How often it was started, counted from the driver's own records. */
  readonly starts: number;
  readonly pid?: number;
  readonly startedAt?: string;
  readonly exitCode?: number | 'unknown';
  readonly limitsEnforced: boolean;
}

/**
 * What an instance uses, as far as this system tells. Counters (seconds, bytes read and written) are of the processes it
 * has now and those they waited for, so they fall when it is started anew.
 */
export interface InstanceUsage {
  readonly cpuSeconds?: number;
  /** Resident memory of all its processes; what two of them share counts twice. */
  readonly memoryBytes?: number;
  readonly processes?: number;
  /** From and to the disk, not the page cache. */
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  /** Room for ordinary users on the file system it writes to, and that system's size. */
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
}

/** Who asks for an effect. The driver refuses a key that was fenced, and never does one key twice. */
export interface EffectGrant {
  readonly key: string;
  /** 1, 2, … of this key; a fence set by a later attempt's probe refuses all earlier ones. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  heartbeat(): void;
  /** The secret of the instance's tenant that a `secretRef` names; throws `NOT_FOUND`. */
  secret(name: string): Promise<string>;
}

/** What an effect leaves behind, kept under its key so that a repeat and a probe can return it. */
export interface EffectReceipt {
  readonly pid?: number;
  readonly imageDigest?: string;
}

/**
 * A driver talks to one real kind of infrastructure: `process` now, `docker` later. Only the Instance agent's tools call
 * it, on a host that can reach the thing (`placement: 'host'` → only the host that owns it).
 *
 * Every effect is conditional at the target: on the state it read, on its key not being done or fenced. An effect whose
 * key is done returns its receipt again. `readLogs` changes nothing; `observe` changes nothing of the
 * instance, though it may finish a removal and trim its log. No method may use a shell.
 * Errors are `HomeostatError`s; one with code `EFFECT_REFUSED`, `EFFECT_FENCED`, `IMAGE_NOT_FOUND`,
 * `IMAGE_DIGEST_MISMATCH`, `COMMAND_NOT_FOUND`, `PORT_TAKEN` means that the effect did not happen.
 */
export interface Driver {
  readonly name: string;
  readonly placement: 'host' | 'anywhere';
  /** `desiredImage` lets an unpinned image whose source still has the unpacked digest be reported as that very text. */
  observe(instance: ResourceKey, desiredImage?: string): Promise<Observation<InstanceFacts>>;
  /** Creates the instance and, unless `start` is false, starts it. With `replace` an existing one is stopped and its image swapped. */
  provision(
    instance: ResourceKey,
    settings: InstanceSettings,
    options: { readonly start: boolean; readonly replace: boolean },
    grant: EffectGrant,
  ): Promise<EffectReceipt>;
  /** Puts command, env, ports, files and type in place; type takes hold at once, the others at the next start. */
  configure(instance: ResourceKey, settings: InstanceSettings, grant: EffectGrant): Promise<EffectReceipt>;
  /** Frees what the instance's log takes but its end, and what is in its scratch folders. */
  clearSpace(instance: ResourceKey, grant: EffectGrant): Promise<EffectReceipt>;
  start(instance: ResourceKey, grant: EffectGrant): Promise<EffectReceipt>;
  /** Asks the whole process group to end, and ends it after `graceMs`. */
  stop(instance: ResourceKey, graceMs: number, grant: EffectGrant): Promise<EffectReceipt>;
  restart(instance: ResourceKey, graceMs: number, grant: EffectGrant): Promise<EffectReceipt>;
  /** Stops it and removes what it left on the host. */
  terminate(instance: ResourceKey, graceMs: number, grant: EffectGrant): Promise<EffectReceipt>;
  /** Settles what became of the effect with this key; where it has not happened, fences earlier attempts first and then answers `cannotHappen`. */
  probe(instance: ResourceKey, key: string, attempt: number): Promise<Probed<EffectReceipt>>;
  /** The last `tailBytes` of what the instance wrote. */
  readLogs(instance: ResourceKey, tailBytes: number): Promise<string>;
  /** What it uses now; undefined where there is no such instance. */
  usage?(instance: ResourceKey): Promise<InstanceUsage | undefined>;
  /** Tells of instances that are other than at its last look, until the signal. Polling or not: within a second. */
  watch?(changed: (instance: ResourceKey) => void, signal: AbortSignal): Promise<void>;
  /** All instances of a tenant this host owns. */
  list(tenant: string): Promise<readonly ResourceKey[]>;
}
