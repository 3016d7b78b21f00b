import { createProgram } from '../../src/cli/program.ts';

/** Throws when the words are no command of ours with options it knows; runs nothing. */
export async function checkOurCommand([name, ...rest]: readonly string[]): Promise<void> {
  const command = (await createProgram(name)).commands.find((one) => one.name() === name);
  if (command === undefined) throw new Error(`no such command: ${name}`);
  const { operands, unknown } = command.parseOptions(rest);
  const surplus = [...operands.slice(command.registeredArguments.length), ...unknown];
  if (surplus.length > 0) throw new Error(`${name} does not take ${surplus.join(' ')}`);
}
