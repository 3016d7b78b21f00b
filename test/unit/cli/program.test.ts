import { describe, expect, test } from 'vitest';
import { commandTable } from '../../../src/cli/command-table.ts';
import { createProgram, readInvocation } from '../../../src/cli/program.ts';

describe('the help of the program', () => {
  test('lists every command by what it is for', async () => {
    const program = await createProgram();
    program.configureHelp({ helpWidth: 120 });
    const help = program.helpInformation();
    expect(help.slice(help.indexOf('Run:'))).toBe(`Run:
  up                     start Temporal, etcd and the runtime on this machine, until Ctrl-C
  down                   stop what up started, the managed processes too
  runtime                run the runtime alone, against servers that run already
  replay                 check that this version can carry on the open runs
  doctor                 check the servers, the runtime and this machine

Resources:
  apply                  say what is wanted, from files
  delete                 say that resources are no longer wanted
  get                    list resources, or print one
  describe               tell all about one resource: wanted, actual, why, what waits
  wait                   wait until resources are as asked for
  plan                   show what would be done, and do nothing
  logs                   print what an instance wrote

Decisions:
  heal                   report a fault, to have it looked into and repaired
  approvals              list the plans that wait for a person
  approve                show a waiting plan and let it run
  reject                 refuse a waiting plan
  retry                  try again now, forgetting refusals and back-off
  pause                  start nothing on a resource, or in a wider scope, until it is resumed
  resume                 end a pause
  resolve                say what became of an effect that nobody can prove

Look inside:
  incidents              list the faults that are being repaired, and what became of others
  agents                 list the agents, and the kinds they keep
  tools                  list the tools of the agents, with their risk
  audit                  print the audit chain of a resource, and verify it
  models                 list the language models that may be asked, and what they cost today
  transcript             print what was said between the runtime and a model
  config                 print the settings in force, and where each came from
  completion             print a script that lets a shell complete commands and names
  version                print the version
  help [command]         say more of a command
`);
  });

  // The five that load the whole runtime are run by `test/e2e`.
  const heavy = ['up', 'down', 'runtime', 'replay', 'doctor'];
  const light = commandTable.filter(({ name, hidden }) => hidden !== true && !heavy.includes(name));
  test.each(light)('$name explains itself, with an example of its own', async ({ name }) => {
    const program = await createProgram(name);
    const command = program.commands.find((candidate) => candidate.name() === name)!;
    let printed = '';
    command.configureOutput({ writeOut: (text) => void (printed += text) });
    command.outputHelp();
    expect(printed).toMatch(new RegExp(`^Usage: homeostat ${name} .*\n\n[A-Z][^]*?\\.\n\n`));
    expect(printed).toContain('--output');
    expect(printed).toMatch(new RegExp(`Example:\n  \\$ .*homeostat ${name}\\b`));
    expect(printed.endsWith('\n')).toBe(true);
  });
});

describe('which command is meant', () => {
  test.each([
    { args: ['get'], commandName: 'get' },
    { args: ['--tenant', 'blue', 'get', 'Instance/web'], commandName: 'get' },
    { args: ['help', 'plan'], commandName: 'plan' },
    { args: ['help'], commandName: undefined },
    { args: ['describe', 'get'], commandName: 'describe' },
    { args: ['gett', 'get'], commandName: undefined },
    { args: ['--output', 'nonsense', 'get'], commandName: undefined },
    { args: [], commandName: undefined },
  ])('$args → $commandName', ({ args, commandName }) => {
    expect(readInvocation(args).commandName).toBe(commandName);
  });

  test('the format is known wherever it stands', () => {
    expect(readInvocation(['get', '-o', 'json']).output).toBe('json');
    expect(readInvocation(['--output=yaml', 'get']).output).toBe('yaml');
  });
});
