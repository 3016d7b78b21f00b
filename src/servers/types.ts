import type { ProcessIdentity } from './process-identity.ts';
import type { ProgressReport } from './progress.ts';

/** The programs this folder can find, fetch or build. */
export type BinaryName = 'temporal' | 'etcd' | 'etcdctl' | 'etcdutl';

/** The two servers it can run. */
export type ServerName = 'temporal' | 'etcd';

/** A program ready to be run; `origin` says in words where it came from and is shown to people. */
export interface FoundBinary {
  readonly path: string;
  readonly version: string;
  readonly origin: string;
}

export interface ServersOptions {
  /** Everything the servers write lies below it. */
  readonly dataDir: string;
  /** Downloads and builds, shared by all projects of this user. */
  readonly cacheDir: string;
  readonly temporal: TemporalOptions;
  readonly etcd: EtcdOptions;
  /** Base address that replaces `https://github.com` for official releases. */
  readonly mirror?: string;
}

export interface TemporalOptions {
  /** `host:port` of a server that is run by someone else: nothing is started. */
  readonly address?: string;
  readonly binary?: string;
  readonly port?: number;
  readonly uiPort?: number;
}

export interface EtcdOptions {
  /** Endpoints of a cluster that is run by someone else: nothing is started. */
  readonly endpoints?: readonly string[];
  readonly binary?: string;
  readonly port?: number;
}

export interface RunningServers {
  readonly temporal: RunningServer & { readonly address: string; readonly uiUrl?: string };
  readonly etcd: RunningServer & { readonly endpoints: readonly string[] };
}

export interface RunningServer {
  readonly origin: string;
  /** Absent for one that is run by someone else. */
  readonly process?: ProcessIdentity;
}

export interface StoppedServer {
  readonly name: ServerName;
  /** `killed` means it did not end within the grace time; `failed` that it is still there. */
  readonly outcome: 'stopped' | 'killed' | 'not-running' | 'not-ours' | 'failed';
  readonly pid?: number;
  readonly elapsedMs: number;
}

export interface ServerStatus {
  readonly name: ServerName;
  /** `configured` servers are run by someone else; `unhealthy` ones run but do not answer. */
  readonly state: 'running' | 'unhealthy' | 'stopped' | 'configured';
  readonly addresses: readonly string[];
  readonly uiUrl?: string;
  readonly startedByUs: boolean;
  readonly answers: boolean;
  readonly pid?: number;
  readonly since?: string;
  readonly version?: string;
  readonly origin?: string;
  readonly binary?: string;
  readonly logFile?: string;
}

export interface StopOptions {
  /** How long a server may take to end by itself before it is killed. Default 10 s. */
  readonly graceMs?: number;
}

/** What every part here gets: where to put things and whom to tell. */
export interface FindContext {
  readonly options: ServersOptions;
  readonly report: ProgressReport;
  /** The newest version that has written the data which the program is to open. */
  readonly dataVersion?: string | undefined;
}
