import { runCommand } from './run-command.ts';
import type { BinaryName } from './types.ts';

/**
 * Oldest versions that do what we rely on: etcd 3.6 has the watch fixes and permission advisories that 3.4 and 3.5
 * lack, Temporal's CLI 1.5 knows every flag we start its server with.
 */
export const OLDEST_FITTING: Readonly<Record<BinaryName, string>> = {
  temporal: '1.5.0',
  etcd: '3.6.0',
  etcdctl: '3.6.0',
  etcdutl: '3.6.0',
};

const VERSION_ARGUMENTS: Readonly<Record<BinaryName, readonly string[]>> = {
  temporal: ['--version'],
  etcd: ['--version'],
  etcdctl: ['version'],
  etcdutl: ['version'],
};

/** The first `1.2.3` in a text, or undefined. */
export function parseVersion(text: string): string | undefined {
  return /\d+\.\d+\.\d+/.exec(text)?.[0];
}

/** Negative, zero or positive, as `left` is older than, the same as, or newer than `right`. */
export function compareVersions(left: string, right: string): number {
  const [leftParts, rightParts] = [left, right].map((version) => version.split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (leftParts?.[index] ?? 0) - (rightParts?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The oldest version that does, also for data that `dataVersion` has written: an older minor version cannot open it. */
export function oldestFitting(name: BinaryName, dataVersion?: string): string {
  const ofData = dataVersion?.replace(/\.\d+$/, '.0') ?? '';
  return compareVersions(ofData, OLDEST_FITTING[name]) > 0 ? ofData : OLDEST_FITTING[name];
}

export function isFitting(name: BinaryName, version: string, dataVersion?: string): boolean {
  return compareVersions(version, oldestFitting(name, dataVersion)) >= 0;
}

/** Asks a program for its version. Throws when it cannot be run or prints none. */
export async function readVersion(name: BinaryName, path: string): Promise<string> {
  const { stdout } = await runCommand(path, VERSION_ARGUMENTS[name], { timeoutMs: 10_000 });
  const version = parseVersion(stdout);
  if (version === undefined) throw new Error(`${path} prints no version (got ${JSON.stringify(stdout.slice(0, 80))})`);
  return version;
}
