import { describeThrown, escapeControls, HomeostatError, type FailureCode } from '../domain/failure.ts';
import type { ModelProvider } from '../domain/model-route.ts';
import { ownValue } from '../domain/own-value.ts';
import type { TokenUsage } from './language-model.ts';
import { ModelAnswerError } from './model-answer-error.ts';

/** Who was asked, and what of it must never be shown. */
export interface AskedProvider {
  readonly provider: ModelProvider;
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey?: string;
}

/** Status and headers of the last response; undefined when none came. */
export interface SeenResponse {
  readonly status: number;
  readonly headers: Headers;
}

/** The provider did not answer, or not to the end. The code says whether asking again can help; never holds a key. */
export class ProviderError extends HomeostatError {
  readonly provider: ModelProvider;
  /** HTTP status, where there was a response. */
  readonly status: number | undefined;
  /** Milliseconds the provider asked to be left alone for. */
  readonly retryAfterMs: number | undefined;
  /** What it costs all the same, where an answer had begun; by the adapter, partly estimated. Undefined where none had. */
  usage: TokenUsage | undefined;

  constructor(code: FailureCode, asked: AskedProvider, fault: Fault, retryAfterMs?: number) {
    const said = fault.status === undefined ? fault.message : `${fault.status} ${fault.message}`;
    const remedy = remedyOf(code, asked, fault);
    super(code, {
      path: `models.${asked.provider}`,
      problem: `${asked.model}: ${redact(said, asked).slice(0, 300)}`,
      ...(remedy === undefined ? {} : { remedy }),
    });
    this.name = 'ProviderError';
    this.provider = asked.provider;
    this.status = fault.status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What a call cost that failed: an answer that is no good, or that broke off. Undefined where there was none. */
export function usageOfFailure(error: unknown): TokenUsage | undefined {
  return error instanceof ModelAnswerError || error instanceof ProviderError ? error.usage : undefined;
}

interface Fault {
  readonly status?: number;
  /** The vendor's own name for it. */
  readonly type?: string;
  readonly message: string;
}

/** What vendors call things, where it says more than the status or comes in the middle of a stream, without one. */
const codeOfType: Readonly<Record<string, FailureCode>> = {
  insufficient_quota: 'MODEL_QUOTA_EXHAUSTED',
  billing_hard_limit_reached: 'MODEL_QUOTA_EXHAUSTED',
  billing_error: 'MODEL_QUOTA_EXHAUSTED',
  context_length_exceeded: 'MODEL_REQUEST_TOO_LARGE',
  request_too_large: 'MODEL_REQUEST_TOO_LARGE',
  content_policy_violation: 'MODEL_REFUSED',
  content_filter: 'MODEL_REFUSED',
  rate_limit_error: 'MODEL_RATE_LIMITED',
  rate_limit_exceeded: 'MODEL_RATE_LIMITED',
  authentication_error: 'MODEL_MISCONFIGURED',
  permission_error: 'MODEL_MISCONFIGURED',
  not_found_error: 'MODEL_MISCONFIGURED',
};
/** What some vendors say by words alone, under a status that means something else. */
const codeOfWords: readonly (readonly [RegExp, FailureCode])[] = [
  [/credit balance|exceeded your current quota/i, 'MODEL_QUOTA_EXHAUSTED'],
  [/prompt is too long|context (length|window)|maximum context/i, 'MODEL_REQUEST_TOO_LARGE'],
  [/invalid JSON schema in format/i, 'MODEL_MISCONFIGURED'],
];

/** The one place where anything a vendor's package throws becomes one of our codes. Our own errors pass through. */
export function toProviderError(thrown: unknown, asked: AskedProvider, response?: SeenResponse): HomeostatError {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof HomeostatError) return cause;
  }
  const fault = faultOf(thrown, response);
  return new ProviderError(codeOf(fault), asked, fault, retryAfterOf(response?.headers));
}

function faultOf(thrown: unknown, response: SeenResponse | undefined): Fault {
  // A response that began well and broke off has a status that says nothing of the fault.
  const refused = response !== undefined && response.status >= 400 ? { status: response.status } : {};
  if (isVendorError(thrown)) {
    const { apiMessage, code, type, message } = thrown;
    return { ...refused, ...typeOf(code ?? type), message: apiMessage ?? withoutStatus(message) };
  }
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : undefined;
  const messages = [thrown, cause, cause?.cause].filter((one) => one !== undefined).map(describeThrown);
  return { ...refused, message: [...new Set(messages)].join(': ') };
}

/** What the packages of Anthropic and OpenAI throw for an answer that is an error; known by its form, not to load them. */
interface VendorError extends Error {
  readonly error: object;
  readonly type?: unknown;
  readonly code?: unknown;
  /** Anthropic's, without the status. */
  readonly apiMessage?: string;
}

function isVendorError(thrown: unknown): thrown is VendorError {
  return thrown instanceof Error && 'error' in thrown && typeof thrown.error === 'object' && thrown.error !== null;
}

function typeOf(type: unknown): { type?: string } {
  return typeof type === 'string' ? { type } : {};
}

function withoutStatus(message: string): string {
  return message.replace(/^[0-9]{3} /, '');
}

function codeOf({ status, type, message }: Fault): FailureCode {
  const named = type === undefined ? undefined : ownValue(codeOfType, type);
  if (named !== undefined) return named;
  const worded = codeOfWords.find(([words]) => words.test(message))?.[1];
  if (worded !== undefined) return worded;
  if (status === undefined || status >= 500) return 'MODEL_UNAVAILABLE';
  switch (status) {
    case 402:
      return 'MODEL_QUOTA_EXHAUSTED';
    case 408:
    case 409:
    case 425:
      return 'MODEL_UNAVAILABLE';
    case 413:
      return 'MODEL_REQUEST_TOO_LARGE';
    case 429:
      return 'MODEL_RATE_LIMITED';
    default:
      return 'MODEL_MISCONFIGURED';
  }
}

function remedyOf(code: FailureCode, asked: AskedProvider, { status }: Fault): string | undefined {
  const section = `models.${asked.provider}`;
  switch (code) {
    case 'MODEL_QUOTA_EXHAUSTED':
      return `raise the limit or the balance at ${asked.provider}, or prefer another provider in models.order`;
    case 'MODEL_REQUEST_TOO_LARGE':
      return 'choose a model with a larger context';
    case 'MODEL_UNAVAILABLE':
      return status === undefined ? `check that ${asked.baseUrl} can be reached` : undefined;
    case 'MODEL_MISCONFIGURED':
      if (status === 401 || status === 403) return `check ${section}.apiKey`;
      if (status !== 404) return `check ${section}: its baseUrl, its models and how they give answers`;
      return asked.provider === 'ollama'
        ? `run: ollama pull ${asked.model}`
        : `check the model's name and ${section}.baseUrl`;
    default:
      return undefined;
  }
}

/** Seconds, a date, or OpenAI's milliseconds; at most an hour. */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  const exact = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  const text = headers?.get('retry-after') ?? '';
  const seconds = text === '' ? Number.NaN : Number(text);
  const candidates = [exact, seconds * 1_000, Date.parse(text) - Date.now()];
  const ms = candidates.find((candidate) => Number.isFinite(candidate));
  return ms === undefined ? undefined : Math.min(Math.max(Math.ceil(ms), 0), 3_600_000);
}

/** Vendors repeat parts of a wrong key, and proxies whole requests. */
function redact(text: string, { apiKey }: AskedProvider): string {
  const without = apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '[secret]');
  return escapeControls(
    without.replace(/\b(sk|key)-[\w*.-]{4,}/gi, '[secret]').replace(/Bearer \S+/gi, 'Bearer [secret]'),
  );
}
