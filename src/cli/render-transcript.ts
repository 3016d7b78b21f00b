import { escapeControls } from '../domain/failure.ts';
import type { Transcript } from '../domain/transcript.ts';
import type { RecordedCall } from './model-calls.ts';
import { quote } from './render-asked.ts';
import { showDollars, showUsage } from './show-usage.ts';
import { renderTable, toCell } from './table.ts';

/** One line a conversation. */
export function renderCalls(calls: readonly RecordedCall[]): string {
  return renderTable(
    ['CALL', 'AT', 'MODEL', 'FOR', 'ANSWERS', 'TOKENS', 'COST', 'OUTCOME'],
    calls.map(({ call, at, provider, model, complexity, calls: answers, inputTokens, outputTokens, ...rest }) => [
      String(call),
      at,
      `${provider} ${model}`,
      complexity,
      String(answers),
      String(inputTokens + outputTokens),
      showDollars(rest.costMicros),
      toCell(rest.error ?? [rest.asks === undefined ? 'planned' : 'diagnosed', ...rest.notes].join('; '), 100),
    ]),
  );
}

const speakers = { user: 'Homeostat to the model', assistant: 'The model' } as const;

/** The whole of a conversation. Each line of it is marked, so that nothing in it can pass for a line of ours. */
export function renderTranscript({ call }: RecordedCall, transcript: Transcript): string {
  const { at, choice, workflowId, runId, system, messages, outcome, notes, usage } = transcript;
  return [
    `Call ${call}, ${at}: ${choice.provider} ${choice.model}, because ${choice.reason}\n`,
    `Run ${workflowId}, ${runId}\n`,
    `${showUsage(usage)}\n`,
    `Outcome: ${outcome}\n`,
    ...notes.map((note) => `Note: ${note}\n`),
  ]
    .map((line) => `${escapeControls(line.trimEnd())}\n`)
    .concat(renderPart('Homeostat to the model, before all', system))
    .concat(
      messages.map(({ role, content }) => renderPart(speakers[role], role === 'user' ? content : spread(content))),
    )
    .join('');
}

/** An answer is kept as JSON on one line; here it is to be read. */
function spread(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}

function renderPart(title: string, text: string): string {
  return `\n${title}:\n${quote(text)}`;
}
