import { z } from 'zod';
import { confidences, type DiagnosisFields, type DiagnosisQuestion } from '../domain/diagnosis.ts';
import { findings, type Cause, type Finding } from '../domain/findings.ts';
import type { EvidenceItem } from '../domain/heal.ts';
import type { LanguageModel } from '../llm/language-model.ts';
import { converse, type Conversation } from './converse.ts';
import { diagnosisSystemPrompt, toDiagnosisPrompt } from './diagnosis-prompt.ts';

export interface DiagnosisRequest {
  readonly question: DiagnosisQuestion;
  readonly evidence: readonly EvidenceItem[];
  readonly signal: AbortSignal;
  /** Milliseconds for one answer. */
  readonly deadlineMs: number;
}

const known = Object.keys(findings) as [Finding, ...Finding[]];

const toSchema = (components: readonly string[]) =>
  z.strictObject({
    statements: z
      .array(
        z.strictObject({
          finding: z.enum(known),
          cites: z.array(z.string().max(10)).max(20).describe('Ids of evidence, such as e1'),
        }),
      )
      .max(20),
    cause: z.enum([...known, 'unknown']),
    component: z.enum(components as [string, ...string[]]),
    confidence: z.enum(confidences),
  });
type Answer = z.infer<ReturnType<typeof toSchema>>;

/**
 * Asks one model, which has no tools, what the evidence shows. Of its answer only words of ours, names it was given and
 * ids of evidence are left. Throws nothing: what went wrong is in the outcome.
 */
export async function diagnoseByModel(
  model: LanguageModel,
  { question, evidence, signal, deadlineMs }: DiagnosisRequest,
): Promise<Conversation<DiagnosisFields>> {
  const ids = new Set(evidence.map(({ id }) => id));
  return converse<Answer, DiagnosisFields>(model, {
    subject: 'diagnosis',
    system: diagnosisSystemPrompt,
    prompt: toDiagnosisPrompt(question, evidence),
    answer: toSchema(question.components),
    read: async (answer) => keepCited(answer, ids),
    notesOf: (answer) => noteDropped(answer, keepCited(answer, ids)),
    signal,
    deadlineMs,
  });
}

/** What cites no evidence is dropped, and so is a cause that no statement is left for. */
function keepCited({ statements, cause, component, confidence }: Answer, ids: ReadonlySet<string>): DiagnosisFields {
  const cited = statements
    .map(({ finding, cites }) => ({ finding, cites: [...new Set(cites)].filter((id) => ids.has(id)) }))
    .filter(({ cites }) => cites.length > 0);
  const isShown = cited.some(({ finding }) => finding === cause);
  const shown: Cause = isShown ? cause : 'unknown';
  return { statements: cited, cause: shown, component, confidence: shown === 'unknown' ? 'low' : confidence };
}

function noteDropped(answer: Answer, { statements, cause }: DiagnosisFields): readonly string[] {
  const dropped = answer.statements.length - statements.length;
  return [
    ...(dropped === 0
      ? []
      : [`${dropped} of ${answer.statements.length} statements cite no evidence and were dropped`]),
    ...(answer.cause === cause ? [] : [`${answer.cause} was taken for the cause without evidence, and not believed`]),
  ];
}
