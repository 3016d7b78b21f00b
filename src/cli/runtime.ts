import { Command, Option } from 'commander';
import { runtimeRoles, type RuntimeRole } from '../config/config-schema.ts';
import { createBuiltInAgents } from '../runtime/built-in-agents.ts';
import { createRuntime } from '../runtime/runtime.ts';
import { commandConfig } from './command-config.ts';
import { inFolders } from './folder-fault.ts';

/** `homeostat runtime`: the runtime alone, against servers that run already. */
export function createRuntimeCommand(): Command {
  return new Command('runtime')
    .description('Run the runtime alone, against a Temporal and an etcd that run already.')
    .addOption(
      new Option('--role <role...>', 'what this process does; several runtimes share the work').choices([
        ...runtimeRoles,
      ]),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ HOMEOSTAT_TEMPORAL_ADDRESS=temporal:7233 HOMEOSTAT_ETCD_ENDPOINTS=etcd:2379 homeostat runtime --role worker',
    )
    .action(async (options: { role?: RuntimeRole[] }, command: Command) => {
      const loaded = commandConfig(command);
      const roles = options.role ?? loaded.runtime.roles;
      const config = { ...loaded, runtime: { ...loaded.runtime, roles } };
      await inFolders(config, () => createRuntime({ agents: createBuiltInAgents(config.dataDir), config }).run());
    });
}
