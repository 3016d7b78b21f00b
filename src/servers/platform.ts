/** Platforms in the words of Go's releases. */
export type Platform = 'linux-amd64' | 'linux-arm64' | 'darwin-amd64' | 'darwin-arm64';

const PLATFORMS: Readonly<Record<string, Platform>> = {
  'linux-x64': 'linux-amd64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-amd64',
  'darwin-arm64': 'darwin-arm64',
};

/** This machine's platform, or undefined where no ready-made binary is known. */
export function currentPlatform(
  os: string = process.platform,
  architecture: string = process.arch,
): Platform | undefined {
  return PLATFORMS[`${os}-${architecture}`];
}
