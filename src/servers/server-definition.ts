import type { PortName, Ports } from './ports.ts';
import type { ServerName, ServersOptions } from './types.ts';

export interface WishedPort {
  readonly name: PortName;
  readonly wishes: readonly (number | undefined)[];
}

/** What differs between the two servers; starting, stopping and looking after them is the same code. */
export interface ServerDefinition {
  readonly name: ServerName;

  /** Each port the server needs, with the ones wished for, best first. */
  wishedPorts(options: ServersOptions, remembered: Ports): readonly WishedPort[];

  argv(dataDir: string, ports: Ports): readonly string[];

  /** The port that opens first when the server comes up. */
  mainPort(ports: Ports): number;

  isHealthy(ports: Ports, timeoutMs: number): Promise<boolean>;

  /**
   * Sets up in the server's data what flags cannot, once for each different `preparation`; may be repeated. Called with the
   * server healthy, before anybody is told of it.
   */
  readonly preparation?: string;
  prepare?(binary: string, ports: Ports): Promise<void>;
}
