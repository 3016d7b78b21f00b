import type { Command } from 'commander';
import { loadConfig, type ConfigSources, type LoadedConfig } from '../config/load-config.ts';
import { globalOptionsOf } from './global-options.ts';

/** The effective configuration for a command: files and environment, under what was said on the command line. */
export function commandConfig(command: Command): LoadedConfig {
  return loadConfig(toConfigSources(command));
}

/** What the command line says of the configuration. */
export function toConfigSources(command: Command): ConfigSources {
  const { dataDir, config } = globalOptionsOf(command);
  return {
    overrides: dataDir === undefined ? {} : { dataDir },
    ...(config === undefined ? {} : { file: config }),
  };
}
