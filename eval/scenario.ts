/**
 * A scenario is data: which services run, what is done to them, what is reported of it, and what a bystander must see in
 * the end. Nothing in it says how to repair anything.
 */
export type Role = 'web' | 'db';

/** Seconds between the two, chosen by the seed. */
export type Seconds = readonly [number, number];

export interface ServiceOfScenario {
  readonly role: Role;
  /** The service that it asks for a part of each answer. */
  readonly asks?: Role;
  /** What its configuration file says besides its greeting. */
  readonly config?: {
    readonly certificate?: true;
    readonly lock?: true;
    readonly delayMs?: number;
    /** Its health check asks its dependency too. */
    readonly checksDeeply?: true;
  };
  /** Size by which its memory is limited; `small` when left out. */
  readonly type?: 'nano' | 'small';
  /** It is stopped on purpose. */
  readonly isStopped?: true;
  /** A file system of so many megabytes, for its folder or for its spool. Needs root. */
  readonly smallDisk?: { readonly of: 'folder' | 'spool'; readonly megabytes: number };
}

/** One thing that is done to a service from outside, as a person, a program or bad luck would. */
export type Action = { readonly to: Role } & (
  | { readonly do: 'signal'; readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' | 'SIGHUP' }
  /** Sets fields of its configuration file. `$port` is a port nobody listens on. */
  | { readonly do: 'edit-config'; readonly set: Readonly<Record<string, string | number>> }
  | { readonly do: 'cut-file'; readonly file: string; readonly toBytes: number }
  | { readonly do: 'append'; readonly file: string; readonly text: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'folder-in-place-of'; readonly file: string }
  | { readonly do: 'expired-certificate' }
  /** A request, whose answer is waited for only a moment. */
  | { readonly do: 'request'; readonly path: string; readonly times?: number }
  /** Another program takes its port, for so long. */
  | { readonly do: 'stranger-on-port'; readonly for: Seconds }
  /** A person starts a copy in its folder, on its own port or on another. */
  | { readonly do: 'start-by-hand'; readonly port: 'same' | 'other' }
  /** Somebody else's files fill its small disk. */
  | { readonly do: 'fill-spool' }
  | { readonly do: 'pause'; readonly for: Seconds }
);

export interface AlertOfScenario {
  readonly names: Role;
  readonly alertname: string;
  readonly after: Seconds;
  readonly status?: 'firing' | 'resolved';
  readonly text?: string;
  /** How many of its kind are sent at once. */
  readonly times?: number;
}

export interface Located {
  readonly role: Role;
  /** What a diagnosis that found the cause says, in any of its sentences; a regular expression, case left out. */
  readonly says: string;
}

interface ScenarioBase {
  readonly id: string;
  readonly what: string;
  readonly services: readonly ServiceOfScenario[];
  readonly put: readonly Action[];
  /** Without any, whoever repairs has to notice by himself. */
  readonly alerts: readonly AlertOfScenario[];
}

export interface Fault extends ScenarioBase {
  readonly type: 'fault';
  /** Whether ending and starting the faulty process is all it takes. */
  readonly restartWouldDo: boolean;
  /** Where the faults are. What is done to any other service is wrong. */
  readonly located: readonly Located[];
  /** Most megabytes that a repaired service may have in memory. */
  readonly maximumMegabytes?: number;
  /** Seconds from the fault within which all must be well; 60 when left out. */
  readonly within?: number;
}

/** No fault, or none that may be repaired: whatever is done to any service is wrong. */
export interface Control extends ScenarioBase {
  readonly type: 'control';
  /** Seconds it is looked at. */
  readonly lookedAtFor: number;
}

export type Scenario = Fault | Control;

export function needsRoot({ services }: Scenario): boolean {
  return services.some(({ smallDisk }) => smallDisk !== undefined);
}
