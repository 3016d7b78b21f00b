import { expect, test } from 'vitest';
import { completeWords } from '../../../src/cli/complete-words.ts';
import { createProgram, readInvocation } from '../../../src/cli/program.ts';

async function complete(line: string) {
  const words = line.split(' ');
  const { commandName } = readInvocation(words.slice(0, -1));
  const program = await createProgram(commandName);
  const command = program.commands.find((one) => one.name() === commandName);
  const completion = completeWords(program, command, words);
  return completion.type === 'candidates' ? completion.candidates.map(({ text }) => text) : completion.type;
}

test.each([
  { line: 'de', offers: ['delete', 'describe'] },
  { line: '--output json ag', offers: ['agents'] },
  { line: '--output j', offers: ['json'] },
  { line: '__', offers: [] },
  { line: 'get ', offers: 'kinds-and-resources' },
  { line: 'describe ', offers: 'resources' },
  { line: 'describe Instance/web ', offers: [] },
  { line: 'wait Instance/web Inst', offers: 'resources' },
  { line: 'delete --dry-run ', offers: 'resources' },
  { line: 'get --tenant blue ', offers: 'kinds-and-resources' },
  { line: 'tools ', offers: 'agents' },
  { line: 'apply --filename ', offers: 'files' },
  { line: '--config ', offers: 'files' },
  { line: 'get --w', offers: ['--watch'] },
  { line: 'delete -f shop --wait ', offers: 'resources' },
  { line: 'resolve Instance/web --choice g', offers: ['give_up'] },
  { line: 'wait Instance/web --for d', offers: ['deleted'] },
  { line: 'heal Instance/web --type se', offers: ['service_down'] },
  { line: 'heal ', offers: 'resources' },
  { line: 'incidents ', offers: 'resources' },
  { line: 'completion ', offers: ['bash', 'zsh', 'fish'] },
  { line: 'transcript ', offers: 'resources' },
  { line: 'plan Instance/web --e', offers: ['--explain'] },
  { line: 'audit Instance/web --nonsense ', offers: [] },
])('"$line" → $offers', async ({ line, offers }) => {
  expect(await complete(line)).toEqual(offers);
});
