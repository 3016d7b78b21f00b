import { escapeControls } from '../domain/failure.ts';
import { showResource, type ResourceKey } from '../domain/identity.ts';
import type { AskedModel } from '../domain/run.ts';
import { toldCommand } from '../domain/told-command.ts';
import { showUsage } from './show-usage.ts';

/** Who planned it and what that cost, on one line; nothing where rules did. */
export function renderCost(asked: AskedModel | undefined): string {
  if (asked === undefined) return '';
  const { choice, usage, reused } = asked;
  const who = escapeControls(`${choice.provider} ${choice.model}`);
  return `Planned by ${who}${reused ? ' (on record, not asked again; it was' : ':'} ${showUsage(usage)}${reused ? ')' : ''}\n`;
}

/** All that is known of how a plan came about. The model's own words stand apart, at the end, each line marked. */
export function renderExplanation(
  resource: ResourceKey,
  asked: AskedModel | undefined,
  { reasoning }: { readonly reasoning: string },
): string {
  if (asked === undefined) {
    return `Planned by rules: they know this change, and no model was asked.\n${renderWords('The rules say', reasoning)}`;
  }
  const { choice, usage, reused, notes, transcript } = asked;
  const facts: readonly (readonly [string, string])[] = [
    ['why', choice.reason],
    ['cost', `${showUsage(usage)}${reused ? ' when it was asked; nothing now, its plan is on record' : ''}`],
    ...notes.map((note) => ['note', note] as const),
    [
      'exchange',
      transcript === undefined
        ? 'was not kept'
        : toldCommand(`transcript ${showResource(resource)} --digest ${transcript}`, resource),
    ],
  ];
  return [
    `Planned by ${choice.provider} ${choice.model}, for ${choice.complexity} complexity`,
    ...facts.map(([name, value]) => `  ${name.padEnd(9)} ${value}`),
  ]
    .map((line) => `${escapeControls(line)}\n`)
    .join('')
    .concat(renderWords('The model says', reasoning));
}

function renderWords(who: string, words: string): string {
  // Ends of lines were escaped when the plan was made; here no line can pass for one of ours.
  return words === '' ? '' : `${who} (not part of what is approved):\n${quote(words.replaceAll('\\u{a}', '\n'))}`;
}

/** Text of any origin over several lines, none of which can pass for one of ours. */
export function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => `  | ${escapeControls(line)}`.trimEnd() + '\n')
    .join('');
}
