import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../domain/canonical.ts';
import { toAnswerForm, toPlainSchema } from './answer-schema.ts';
import type { FinishReason, GenerateRequest, GenerateResult, LanguageModel } from './language-model.ts';
import { ModelAnswerError, answerFaults } from './model-answer-error.ts';
import { readAnswer } from './read-answer.ts';

/*
 * Real exchanges kept as files, one each, so that a test meets what a model really said without asking it again. A file
 * is named by the digest of its request: change a prompt and the old recording no longer counts. The value is kept as it
 * came out of the schema and goes through it again, so the schema must take its own results.
 */

const finishReasons = ['stop', 'tool_call', 'length', 'refused'] as const satisfies readonly FinishReason[];
const answered = {
  model: z.string(),
  finishReason: z.enum(finishReasons),
  usage: z.strictObject({ inputTokens: z.number(), outputTokens: z.number(), cachedTokens: z.number() }),
  rawLength: z.number(),
};
const recordingSchema = z.strictObject({
  /** For people: nothing is read from it. */
  request: z.unknown(),
  answer: z.union([
    z.strictObject({ ...answered, value: z.unknown() }),
    z.strictObject({
      ...answered,
      fault: z.enum(answerFaults),
      path: z.string(),
      problem: z.string(),
      faults: z.array(z.string()),
      said: z.string(),
    }),
  ]),
});
type RecordedAnswer = z.output<typeof recordingSchema>['answer'];

/** Asks the model and keeps each exchange in a file of the folder; a fault of the provider is not kept. */
export function createRecordingModel(model: LanguageModel, folder: string): LanguageModel {
  return {
    async generate(request) {
      try {
        const result = await model.generate(request);
        const { value, finishReason, usage, rawLength } = result;
        await keep(folder, request, { model: result.model, finishReason, usage, rawLength, value });
        return result;
      } catch (error) {
        if (error instanceof ModelAnswerError) await keep(folder, request, toRecordedFault(error));
        throw error;
      }
    },
  };
}

/** Answers from the files of a folder and asks nobody; throws for a request that was never recorded. */
export function createRecordedModel(folder: string): LanguageModel {
  return {
    async generate(request) {
      request.signal.throwIfAborted();
      const file = fileOf(folder, request);
      const text = await readFile(file, 'utf8').catch(() => {
        throw new Error(`recorded model: no recording of this request (${file})`);
      });
      const { answer } = recordingSchema.parse(JSON.parse(text));
      if ('fault' in answer) {
        const { fault, problem, ...details } = answer;
        throw new ModelAnswerError({ ...details, kind: fault, problem });
      }
      return replay(answer, request);
    },
  };
}

/** Judged once more, because the schema's checks may be newer than the recording. */
function replay<Value>(
  { value, rawLength, ...rest }: Extract<RecordedAnswer, { value: unknown }>,
  { answer }: GenerateRequest<Value>,
): GenerateResult<Value> {
  const raw = { ...rest, text: JSON.stringify(value), calls: [] };
  return { ...readAnswer(raw, answer, toAnswerForm(answer, 'text')), rawLength };
}

function toRecordedFault(error: ModelAnswerError): RecordedAnswer {
  const { kind, path, problem, faults, model, finishReason, usage, rawLength, said } = error;
  const bare = problem.slice(kind.length + 2);
  return { model, finishReason, usage, rawLength, fault: kind, path, problem: bare, faults: [...faults], said };
}

async function keep(folder: string, request: GenerateRequest<unknown>, answer: RecordedAnswer): Promise<void> {
  await mkdir(folder, { recursive: true });
  const recording = { request: toKey(request), answer };
  await writeFile(fileOf(folder, request), `${JSON.stringify(recording, undefined, 2)}\n`);
}

function fileOf(folder: string, request: GenerateRequest<unknown>): string {
  return join(folder, `${digestOf(toKey(request)).slice(0, 32)}.json`);
}

/** What makes two requests the same: everything the model is told, and nothing of time. */
function toKey({ system, messages, tools = [], answer, maxTokens, temperature }: GenerateRequest<unknown>) {
  return { system, messages, tools, answer: toPlainSchema(answer), maxTokens, temperature: temperature ?? null };
}
