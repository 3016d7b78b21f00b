import { Command } from 'commander';
import { globalOptionsOf } from './global-options.ts';
import { print } from './print.ts';
import { readVersion } from '../config/read-version.ts';

/** `homeostat version`: needs no runtime. */
export function createVersionCommand(): Command {
  return new Command('version')
    .description('Print the version of homeostat and of what it runs on.')
    .addHelpText('after', '\nExample:\n  $ homeostat version --output json')
    .action((_: object, command: Command) => {
      const versions = {
        homeostat: readVersion(),
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
      };
      const { output } = globalOptionsOf(command);
      print(output, versions, () => `homeostat ${versions.homeostat} (Node ${versions.node}, ${versions.platform})\n`);
    });
}
