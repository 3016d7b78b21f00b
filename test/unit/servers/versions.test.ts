import { describe, expect, test } from 'vitest';
import { compareVersions, isFitting, parseVersion } from '../../../src/servers/versions.ts';

describe('what programs print', () => {
  const cases = [
    { printed: 'etcd Version: 3.7.3\nGit SHA: Not provided', version: '3.7.3', reason: 'etcd' },
    { printed: 'etcdctl version: 3.6.14\nAPI version: 3.6', version: '3.6.14', reason: 'the first version counts' },
    {
      printed: 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)',
      version: '1.9.1',
      reason: 'not the server behind it',
    },
    { printed: 'usage: etcd [flags]', version: undefined, reason: 'no version at all' },
  ];
  test.each(cases)('$reason → $version', ({ printed, version }) => {
    expect(parseVersion(printed)).toBe(version);
  });
});

describe('which versions fit', () => {
  const cases = [
    { name: 'etcd', version: '3.4.23', fits: false, reason: "Debian's etcd lacks the watch fixes" },
    { name: 'etcd', version: '3.5.30', fits: false, reason: '3.5 is too old, whatever its patch' },
    { name: 'etcd', version: '3.6.0', fits: true, reason: 'the oldest that fits' },
    { name: 'etcd', version: '4.0.0', fits: true, reason: 'newer ones fit' },
    { name: 'temporal', version: '1.4.9', fits: false, reason: 'too old' },
    { name: 'temporal', version: '1.10.0', fits: true, reason: '10 is more than 5, as a number' },
    { name: 'temporal', version: '0.0.0', fits: false, reason: 'a development build says nothing about itself' },
  ] as const;
  test.each(cases)('$name $version: $reason', ({ name, version, fits }) => {
    expect(isFitting(name, version)).toBe(fits);
  });

  test('versions compare by number, part by part', () => {
    expect(['3.10.0', '3.9.9', '3.9.10'].toSorted(compareVersions)).toEqual(['3.9.9', '3.9.10', '3.10.0']);
  });
});
