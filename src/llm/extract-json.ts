import type { JsonValue } from '../domain/json.ts';

/** What a text holds: one JSON value, or why there is not exactly one. */
export type Extracted =
  { readonly value: JsonValue } | { readonly fault: 'empty' | 'not_json' | 'ambiguous'; readonly problem: string };

const fence = /```[A-Za-z0-9]*[ \t]*\r?\n([\s\S]*?)```/g;
/** What reasoning models put before their answer when their template does not take it away. */
const thoughts = /^\s*<think>[\s\S]*?<\/think>/;

/**
 * The one JSON value of a model's text. Strict, because to guess which of two plans was meant is to run the wrong one: the
 * whole text is JSON, or exactly one code fence is and nothing beside it looks like JSON.
 */
export function extractJson(text: string): Extracted {
  const answer = text.replace(thoughts, '').trim();
  if (answer === '') return { fault: 'empty', problem: 'nothing was answered' };
  const whole = parse(answer);
  if (whole !== undefined) return whole;
  const blocks = [...answer.matchAll(fence)].map((match) => match[1]!);
  if (blocks.length > 1) return { fault: 'ambiguous', problem: `${blocks.length} code blocks where one is asked for` };
  if (blocks.length === 0) {
    return looksLikeJson(answer) && !/^[[{]/.test(answer)
      ? { fault: 'ambiguous', problem: 'JSON in the middle of prose' }
      : { fault: 'not_json', problem: 'no JSON value' };
  }
  if (looksLikeJson(answer.replace(fence, ''))) {
    return { fault: 'ambiguous', problem: 'a code block, and more JSON beside it' };
  }
  return parse(blocks[0]!) ?? { fault: 'not_json', problem: 'the code block holds no JSON value' };
}

function parse(text: string): { value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

function looksLikeJson(text: string): boolean {
  return /[{[]\s*["{[\]}]/.test(text);
}
