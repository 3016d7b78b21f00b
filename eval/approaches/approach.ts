import type { AlertOfScenario } from '../scenario.ts';
import type { Service } from '../stage/service.ts';

export const approachNames = ['nothing', 'restart', 'rules', 'model'] as const;
export type ApproachName = (typeof approachNames)[number];

/** What whoever repairs says itself of one service, after a trial. */
export interface Finding {
  readonly service: string;
  /** Its own sentences about the cause; what others reported is not among them. */
  readonly says: readonly string[];
  /** It says that it has seen the fault gone. */
  readonly proven: boolean;
}

/** All that whoever repairs says of one trial. Undefined: it says nothing of the sort. */
export interface Said {
  readonly findings: readonly Finding[];
  readonly provesRepairs: boolean;
  /** Services of which it says that what was reported is over, or never was, and nothing else is wrong. */
  readonly saysWell?: readonly string[];
  readonly modelCalls?: number;
  readonly tokens?: number;
  /** In its own words and format, for the transcript. */
  readonly transcript: unknown;
}

/** Keeps services running in its own way; the same services for each. Several trials at once. */
export interface Approach {
  readonly name: ApproachName;
  /** The folder that a service is going to live in. */
  folderOf(service: Service): string;
  /** Brings the services about, dependencies first. That they answer is for the caller to see. */
  deploy(services: readonly Service[]): Promise<void>;
  /** It holds the services for as they were asked for, and has nothing in hand. */
  isAtRest(services: readonly Service[]): Promise<boolean>;
  /** Hands over an alert, as an Alertmanager would. Where nobody takes any it is lost. */
  report(service: Service, alert: AlertOfScenario): Promise<void>;
  /** What it says of what happened since then, milliseconds since 1970. */
  said(services: readonly Service[], since: number): Promise<Said>;
  /** Lets go of the services, or is about to; their processes are ended by the caller. */
  remove(services: readonly Service[]): Promise<void>;
  /** Ends whoever keeps the services. */
  stop(): Promise<void>;
}
