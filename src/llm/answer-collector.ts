import type { FinishReason, TokenUsage } from './language-model.ts';
import { maximumAnswerCharacters, type RawAnswer } from './read-answer.ts';

/** Roughly, of English and of JSON; nothing that a bill is made by. */
const charactersPerToken = 4;

/** Gathers an answer from the pieces of a stream; an adapter feeds it, one a call. */
export class AnswerCollector {
  model: string;
  /** Set when the model declined in a way of its own, whatever reason it then ends with. */
  hasRefused = false;
  /** As the provider tells it, which may be nonsense. */
  usage: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0 };
  private finishReason: FinishReason | undefined;
  private text = '';
  private length = 0;
  private readonly calls = new Map<number, { name: string; arguments: string }>();

  constructor(model: string) {
    this.model = model;
  }

  addText(text: string): void {
    this.text += text;
    this.length += text.length;
  }

  /** A piece of the call at a place among the calls; name and arguments grow. */
  addCall(index: number, name: string, argumentsText: string): void {
    const call = this.calls.get(index) ?? { name: '', arguments: '' };
    call.name += name;
    call.arguments += argumentsText;
    this.calls.set(index, call);
    this.length += name.length + argumentsText.length;
  }

  addWholeCall(name: string, argumentsText: string): void {
    this.addCall(this.calls.size, name, argumentsText);
  }

  /** The provider said that the answer is complete, and why; a reason we do not know is as good as `stop`. */
  finish(reason: FinishReason | undefined): void {
    this.finishReason = reason ?? 'stop';
  }

  /** Nothing that comes after this is of use: read no further. */
  get isTooLong(): boolean {
    return this.length > maximumAnswerCharacters;
  }

  /**
   * What an answer cost that broke off. Told by the provider as far as it came to that: Anthropic tells at the start what it
   * read, the others tell nothing before the end. What was not told is estimated from the characters that were sent and
   * that came; reasoning that nobody sees is not in it.
   */
  toUsageSoFar(sentCharacters: number): TokenUsage {
    const { inputTokens, outputTokens, cachedTokens } = toCounted(this.usage);
    return {
      inputTokens: inputTokens > 0 ? inputTokens : toTokens(sentCharacters),
      // A count at the start is of what was written by then.
      outputTokens: Math.max(outputTokens, toTokens(this.length)),
      cachedTokens,
    };
  }

  /** Throws when the stream ended before its answer did. */
  toRawAnswer(): RawAnswer {
    const reason = this.finishReason ?? (this.isTooLong ? 'length' : undefined);
    if (reason === undefined) throw new Error('the stream ended in the middle of the answer');
    const { model, text } = this;
    const usage = toCounted(this.usage);
    const calls = [...this.calls.entries()].toSorted(([left], [right]) => left - right).map(([, call]) => call);
    // Where one tool is forced, some say "stop" all the same.
    return { model, usage, text, calls, finishReason: reason === 'stop' && calls.length > 0 ? 'tool_call' : reason };
  }
}

/** Counts that may be added up and paid by: servers that speak a vendor's protocol leave them out, or contradict themselves. */
function toCounted({ inputTokens, outputTokens, cachedTokens }: TokenUsage): TokenUsage {
  const input = toCount(inputTokens);
  return {
    inputTokens: input,
    outputTokens: toCount(outputTokens),
    cachedTokens: Math.min(toCount(cachedTokens), input),
  };
}

function toTokens(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}

function toCount(told: number): number {
  return Number.isSafeInteger(told) && told > 0 ? told : 0;
}
