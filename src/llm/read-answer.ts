import type { z } from 'zod';
import { cutWithMark } from '../domain/cut-to-length.ts';
import { codedOrThrow, escapeControls, type HomeostatError } from '../domain/failure.ts';
import { checkJsonLimits, type JsonValue } from '../domain/json.ts';
import { toFieldErrors } from '../domain/schema-errors.ts';
import { redactSecrets } from '../domain/secret-patterns.ts';
import { answerName, type AnswerForm } from './answer-schema.ts';
import { extractJson } from './extract-json.ts';
import type { FinishReason, GenerateResult, TokenUsage } from './language-model.ts';
import { ModelAnswerError, type ModelAnswerDetails } from './model-answer-error.ts';

/** An answer as an adapter collected it; nothing is judged yet. */
export interface RawAnswer {
  readonly text: string;
  /** Calls of tools, with their arguments as JSON text. */
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
  readonly model: string;
}

/** An answer may be this many characters; adapters stop reading beyond. Far above what any token limit lets through. */
export const maximumAnswerCharacters = 4 * 1024 * 1024;

/** Deep enough for every schema, wide enough for a far too long plan to be told as such; its size is bounded already. */
const answerLimits = { depth: 32, items: 100_000, bytes: Number.POSITIVE_INFINITY };
const shownText = 500;
/** Of an answer that is no good: enough to see what was said, and too little to push the question out of a small context. */
const keptText = 4_000;

/** Prose in which a model declines. Only where there is no JSON, so that an apologetic answer still counts. */
const refusal =
  /^\W*((i['’]m|i am|we['’]re) (very )?(sorry|unable|not able)|sorry\b|i (can['’]?t|cannot|can not|won['’]t|will not|must decline)|as an ai\b)/i;

/**
 * Judges an answer of any provider: the only place where what a model wrote becomes a value. A tool call is judged alone,
 * whatever was said beside it. Throws `ModelAnswerError`.
 */
export function readAnswer<Value>(raw: RawAnswer, answer: z.ZodType<Value>, form: AnswerForm): GenerateResult<Value> {
  const { usage, model, finishReason, text, calls } = raw;
  const rawLength = text.length + calls.reduce((sum, call) => sum + call.arguments.length, 0);
  const fail = (details: Omit<ModelAnswerDetails, 'usage' | 'model' | 'finishReason' | 'rawLength' | 'said'>) =>
    new ModelAnswerError({ ...details, usage, model, finishReason, rawLength, said: saidOf(raw) });

  if (finishReason === 'refused') throw fail({ kind: 'refused', problem: 'the model declined', ...excerpt(text) });
  if (rawLength > maximumAnswerCharacters) {
    throw fail({ kind: 'too_long', problem: `over ${maximumAnswerCharacters} characters` });
  }
  if (finishReason === 'length') {
    throw fail({
      kind: 'truncated',
      problem: `cut off after ${usage.outputTokens} tokens`,
      remedy: 'ask for less, or allow more tokens',
    });
  }
  if (calls.length > 1) throw fail({ kind: 'too_many_calls', problem: `${calls.length} calls where one is asked for` });
  const [call] = calls;
  if (call !== undefined && call.name !== answerName) {
    throw fail({ kind: 'unknown_tool', problem: 'called a tool', got: call.name, remedy: `call ${answerName}` });
  }
  const extracted = extractJson(call?.arguments ?? text);
  if ('fault' in extracted) {
    const isRefusal = extracted.fault === 'not_json' && refusal.test(text);
    throw fail({ kind: isRefusal ? 'refused' : extracted.fault, problem: extracted.problem, ...excerpt(text) });
  }
  const value = check(extracted.value, answer, form);
  if ('errors' in value) {
    const [first] = value.errors;
    throw fail({
      kind: 'schema',
      path: first!.path,
      problem: first!.problem,
      ...(first!.remedy === undefined ? {} : { remedy: first!.remedy }),
      faults: value.errors.slice(0, 20).map((error) => error.message),
    });
  }
  const ignored = call === undefined ? '' : text.trim();
  return {
    value: value.data,
    usage,
    model,
    finishReason,
    rawLength,
    ...(ignored === '' ? {} : { ignoredText: escapeControls(ignored.slice(0, shownText)) }),
  };
}

function check<Value>(
  found: JsonValue,
  answer: z.ZodType<Value>,
  form: AnswerForm,
): { data: Value } | { errors: readonly HomeostatError[] } {
  try {
    // Before anything walks it by recursion, and again after JSON text inside it was opened.
    checkJsonLimits(found, '$', answerLimits);
    const decoded = form.decode(found);
    checkJsonLimits(decoded, '$', answerLimits);
    const parsed = answer.safeParse(decoded);
    return parsed.success ? { data: parsed.data } : { errors: toFieldErrors(parsed.error, decoded, answer) };
  } catch (error) {
    return { errors: codedOrThrow(error) };
  }
}

function saidOf({ text, calls }: RawAnswer): string {
  return cutWithMark(redactSecrets([text, ...calls.map((call) => call.arguments)].join('\n').trim()), keptText);
}

function excerpt(text: string): { got?: string } {
  return text.trim() === '' ? {} : { got: text };
}
