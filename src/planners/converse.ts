import type { z } from 'zod';
import { HomeostatError, toCodedErrors } from '../domain/failure.ts';
import type { LanguageModel, ModelMessage, OfferedTool, TokenUsage } from '../llm/language-model.ts';
import { ModelAnswerError } from '../llm/model-answer-error.ts';
import { ProviderError, usageOfFailure } from '../llm/provider-errors.ts';
import { toRepairPrompt } from './plan-prompt.ts';

/** What a model is asked, and how its answer is read. */
export interface ConversationRequest<Answer, Result> {
  /** What is asked for, in a word for errors: `plan`. */
  readonly subject: string;
  readonly system: string;
  readonly prompt: string;
  readonly tools?: readonly OfferedTool[];
  readonly answer: z.ZodType<Answer>;
  /** What the answer comes to; throws coded errors for what the model can mend. */
  readonly read: (answer: Answer) => Promise<Result>;
  /** What a person should know of it. */
  readonly notesOf: (answer: Answer) => readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds for one answer. */
  readonly deadlineMs: number;
}

/** What came of asking; what it cost counts either way. */
export interface Conversation<Result> {
  readonly outcome:
    | { readonly type: 'answered'; readonly result: Result }
    /** A `MODEL_ANSWER_INVALID`, or what the provider did. */
    | { readonly type: 'failed'; readonly error: unknown };
  readonly notes: readonly string[];
  readonly usage: TokenUsage;
  /** Answers there were, also those that broke off: 1, or more after repairs. */
  readonly calls: number;
  /** The whole conversation, for the transcript. */
  readonly system: string;
  readonly messages: readonly ModelMessage[];
}

/** All answers together; the activity that asks gets ten minutes, and what was paid for must be on record by then. */
const conversationMs = 9 * 60_000;
/** With less time left nobody is asked again. */
const leastMs = 1_000;
/** Answers that are no good are sent back this often, with everything that is wrong. */
const maximumRepairs = 2;
const maximumTokens = 8_000;
/** In the place of an answer without a word, which providers do not take back. */
const wordless = 'an answer that could not be read';

/** Asks one model, and sends an answer that is no good back at most twice. Throws nothing: what went wrong is in the outcome. */
export async function converse<Answer, Result>(
  model: LanguageModel,
  request: ConversationRequest<Answer, Result>,
): Promise<Conversation<Result>> {
  const { subject, system, prompt, tools, answer, read, notesOf, signal, deadlineMs } = request;
  const messages: ModelMessage[] = [{ role: 'user', content: prompt }];
  let usage: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  let calls = 0;
  let notes: readonly string[] = [];
  /** Of the last answer. */
  let faults: readonly string[] = [];
  const startedAt = performance.now();
  /** Whole milliseconds: a vendor's package takes no others. */
  const leftMs = () => Math.floor(conversationMs - (performance.now() - startedAt));
  const end = (outcome: Conversation<Result>['outcome']): Conversation<Result> => ({
    outcome,
    notes,
    usage,
    calls,
    system,
    messages,
  });
  for (;;) {
    let said = '';
    const limitMs = Math.min(deadlineMs, leftMs());
    try {
      const generated = await model.generate<Answer>({
        system,
        messages: [...messages],
        ...(tools === undefined ? {} : { tools }),
        answer,
        maxTokens: maximumTokens,
        temperature: 0,
        signal,
        deadlineMs: limitMs,
      });
      calls += 1;
      usage = addTokens(usage, generated.usage);
      said = JSON.stringify(generated.value);
      const result = await read(generated.value);
      notes = [...notesOf(generated.value), ...noteIgnored(generated.ignoredText)];
      messages.push({ role: 'assistant', content: said });
      return end({ type: 'answered', result });
    } catch (error) {
      const paid = usageOfFailure(error);
      if (paid !== undefined) {
        calls += 1;
        usage = addTokens(usage, paid);
      }
      if (error instanceof ModelAnswerError) said = error.said;
      const found = faultsOf(error);
      if (found.length === 0) {
        if (said !== '') messages.push({ role: 'assistant', content: said });
        // Our own limit is no fault of the provider's: the answers it gave were no good.
        const isCut = isAway(error) && limitMs < deadlineMs && leftMs() < leastMs && faults.length > 0;
        return end({ type: 'failed', error: isCut ? toUnusable(subject, calls, faults) : error });
      }
      faults = found;
      messages.push(
        { role: 'assistant', content: said === '' ? wordless : said },
        { role: 'user', content: toRepairPrompt(subject, faults) },
      );
      const isLast = calls > maximumRepairs || leftMs() < leastMs;
      if (isLast) return end({ type: 'failed', error: toUnusable(subject, calls, faults) });
    }
  }
}

function toUnusable(subject: string, calls: number, faults: readonly string[]): HomeostatError {
  return new HomeostatError('MODEL_ANSWER_INVALID', {
    path: subject,
    problem: `no usable ${subject} in ${calls} answers: ${faults.join('; ').slice(0, 1_000)}`,
  });
}

function isAway(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'MODEL_UNAVAILABLE';
}

function noteIgnored(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`said beside the answer, and not counted: ${text}`];
}

/** What a model can mend; nothing of anything else, such as a refusal or a provider that is gone. */
function faultsOf(error: unknown): readonly string[] {
  if (error instanceof ModelAnswerError) return error.kind === 'refused' ? [] : error.faults;
  const coded = toCodedErrors(error);
  return coded.every(({ code }) => mendable.has(code)) ? coded.map(({ message }) => message) : [];
}

const mendable = new Set<string>([
  'PLAN_INVALID',
  'PLAN_TOO_LONG',
  'INVALID_VALUE',
  'TOO_DEEP',
  'TOO_LARGE',
  'TOO_MANY_ITEMS',
  'FORBIDDEN_KEY',
  'INVALID_UNICODE',
  'INVALID_NUMBER',
]);

function addTokens(left: TokenUsage, right: TokenUsage): TokenUsage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cachedTokens: left.cachedTokens + right.cachedTokens,
  };
}
