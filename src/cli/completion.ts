import { Argument, Command } from 'commander';
import { completionScripts, shells, type Shell } from './completion-scripts.ts';

/** `homeostat completion`: the script that teaches a shell. */
export function createCompletionCommand(): Command {
  return new Command('completion')
    .description(
      'Print a script that lets a shell complete commands, options, files, and the names of resources, kinds and agents.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices([...shells]))
    .addHelpText(
      'after',
      '\nExample:\n  $ source <(homeostat completion bash)       # in ~/.bashrc\n  $ source <(homeostat completion zsh)        # in ~/.zshrc, after compinit\n  $ homeostat completion fish > ~/.config/fish/completions/homeostat.fish',
    )
    .action((shell: Shell) => void process.stdout.write(completionScripts[shell]));
}
