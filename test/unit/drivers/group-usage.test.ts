import { expect, test } from 'vitest';
import { createGroupUsage } from '../../../src/drivers/process/group-usage.ts';

/** A `/proc` of the test's own. */
function usageIn(files: Readonly<Record<string, string>>) {
  const pids = [...new Set(Object.keys(files).map((path) => Number(path.split('/')[0])))];
  return createGroupUsage({ read: async (path) => files[path], listPids: async () => pids });
}
const stat = (pid: number, group: number, ticks: readonly number[]) =>
  `${pid} (a (b) c) S 1 ${group} ${group} 0 -1 4194560 1 2 3 4 ${ticks.join(' ')} 20 0 1 0 99 1000 100`;
const io = (read: number, written: number) =>
  `rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: ${read}\nwrite_bytes: ${written}\ncancelled_write_bytes: 0\n`;

test('what the members of a group use is added up, with what their ended children used', async () => {
  const usageOf = usageIn({
    '10/stat': stat(10, 10, [100, 50, 30, 20]),
    '10/status': 'Name:\ta\nVmRSS:\t    2048 kB\n',
    '10/io': io(4_096, 8_192),
    '11/stat': stat(11, 10, [10, 0, 0, 0]),
    '11/status': 'VmRSS:\t1024 kB\n',
    '11/io': io(0, 1),
    '12/stat': stat(12, 12, [9_999, 0, 0, 0]),
  });
  expect(await usageOf(10)).toEqual({
    cpuSeconds: 2.1,
    memoryBytes: 3 * 1_024 * 1_024,
    processes: 2,
    readBytes: 4_096,
    writtenBytes: 8_193,
  });
  expect(await usageOf(99)).toBeUndefined();
});

test('of a process that may not be asked for its files only the rest is told', async () => {
  const usageOf = usageIn({ '10/stat': stat(10, 10, [100, 0, 0, 0]), '10/status': 'VmRSS:\t1 kB\n' });
  expect(await usageOf(10)).toEqual({ cpuSeconds: 1, memoryBytes: 1_024, processes: 1 });
});
