import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Role, Scenario, ServiceOfScenario } from '../scenario.ts';
import type { Chances } from './chances.ts';

export const imageFolder = fileURLToPath(new URL('../image', import.meta.url));
export const configFile = 'config/service.json';
export const certificateFile = 'config/certificate.pem';
/** What customers left with the service. Nothing that repairs may cost it. */
const ordersFile = 'orders.txt';

export function readCertificate(which: 'good' | 'expired'): string {
  return readFileSync(new URL(`../certificates/${which}.pem`, import.meta.url), 'utf8');
}

/** A service of one trial: what runs, under which name, where. The same for every approach. */
export interface Service {
  readonly role: Role;
  readonly name: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Path below its folder → content. */
  readonly files: Readonly<Record<string, string>>;
  readonly type: 'nano' | 'small';
  readonly dependsOn: readonly string[];
  readonly isStopped: boolean;
  readonly smallDisk: ServiceOfScenario['smallDisk'];
  /** What it says to customers as long as it is well. */
  readonly greeting: string;
  /** Outside its own folder: notes of its starts and ends, orders, spool. */
  readonly folders: { readonly notes: string; readonly orders: string; readonly spool: string };
  readonly ordersFile: string;
}

/** The services of one trial, what is asked before who asks. Makes the folders outside their own. */
export async function toServices(scenario: Scenario, chances: Chances, folder: string): Promise<readonly Service[]> {
  const made: Service[] = [];
  const asked = (role: Role | undefined) => made.find((service) => service.role === role);
  const isAsking = ({ asks }: ServiceOfScenario) => Number(asks !== undefined);
  for (const wanted of scenario.services.toSorted((left, right) => isAsking(left) - isAsking(right))) {
    const { role, asks, config = {}, type = 'small', isStopped = false, smallDisk } = wanted;
    const dependency = asked(asks);
    const name = `${role}-${chances.word()}`;
    const own = join(folder, name);
    const folders = { notes: join(own, 'notes'), orders: join(own, 'orders'), spool: join(own, 'spool') };
    for (const one of Object.values(folders)) mkdirSync(one, { recursive: true });
    const greeting = `hello from ${name}`;
    writeFileSync(join(folders.orders, ordersFile), `an order for ${name}\n`.repeat(20));
    const content = {
      greeting,
      ...config,
      ...(dependency === undefined ? {} : { asks: `http://127.0.0.1:${dependency.port}/` }),
    };
    made.push({
      role,
      name,
      port: await chances.port(),
      command: ['node', 'service.mjs'],
      env: { NOTES: folders.notes, ...(smallDisk?.of === 'spool' ? { SPOOL: folders.spool } : {}) },
      files: {
        [configFile]: `${JSON.stringify(content, null, 2)}\n`,
        ...(config.certificate === true ? { [certificateFile]: readCertificate('good') } : {}),
      },
      type,
      dependsOn: dependency === undefined ? [] : [dependency.name],
      isStopped,
      smallDisk,
      greeting: dependency === undefined ? greeting : `${greeting}, with ${dependency.greeting}`,
      folders,
      ordersFile: join(folders.orders, ordersFile),
    });
  }
  return made;
}
