import { toAnswerForm } from './answer-schema.ts';
import type { FinishReason, GenerateRequest, LanguageModel, TokenUsage } from './language-model.ts';
import { readAnswer } from './read-answer.ts';

/** What a scripted model answers once: a good value, the bare words, calls of tools, or no answer at all. */
export type ScriptedAnswer =
  | { readonly value: unknown; readonly usage?: TokenUsage }
  | { readonly text: string; readonly finishReason?: FinishReason; readonly usage?: TokenUsage }
  | { readonly calls: readonly { readonly name: string; readonly arguments: unknown }[]; readonly text?: string }
  | Error;

/** Answers in order, or one function that answers every request. */
export type Script = readonly ScriptedAnswer[] | ((request: GenerateRequest<unknown>, place: number) => ScriptedAnswer);

export interface ScriptedModel extends LanguageModel {
  /** Everything it was asked, oldest first. */
  readonly requests: readonly GenerateRequest<unknown>[];
  /** Throws when the script has answers that nobody asked for. */
  assertUsedUp(): void;
}

const scriptedUsage: TokenUsage = { inputTokens: 100, outputTokens: 20, cachedTokens: 0 };

/**
 * A language model that says what it is told to, for tests. What it says is judged like the words of any provider, so a
 * bad answer ends the same way. A request that the script does not foresee throws.
 */
export function createScriptedModel(script: Script): ScriptedModel {
  const requests: GenerateRequest<unknown>[] = [];
  return {
    requests,
    async generate(request) {
      request.signal.throwIfAborted();
      requests.push(request);
      const place = requests.length - 1;
      const answer = typeof script === 'function' ? script(request, place) : script[place];
      if (answer === undefined) throw new Error(`scripted model: request ${requests.length} is not in the script`);
      if (answer instanceof Error) throw answer;
      return readAnswer(toRawAnswer(answer), request.answer, toAnswerForm(request.answer, 'text'));
    },
    assertUsedUp() {
      const left = typeof script === 'function' ? 0 : script.length - requests.length;
      if (left > 0) throw new Error(`scripted model: ${left} answers were never asked for`);
    },
  };
}

function toRawAnswer(answer: Exclude<ScriptedAnswer, Error>) {
  const base = { model: 'scripted', usage: scriptedUsage, calls: [] };
  if ('value' in answer) {
    const usage = answer.usage ?? scriptedUsage;
    return { ...base, usage, text: JSON.stringify(answer.value), finishReason: 'stop' as const };
  }
  if ('calls' in answer) {
    const calls = answer.calls.map((call) => ({ name: call.name, arguments: JSON.stringify(call.arguments) }));
    return { ...base, text: answer.text ?? '', calls, finishReason: 'tool_call' as const };
  }
  const { text, finishReason = 'stop', usage = scriptedUsage } = answer;
  return { ...base, usage, text, finishReason };
}
