import { answerName, type AnswerForm } from './answer-schema.ts';
import type { GenerateRequest, OfferedTool } from './language-model.ts';

/**
 * The system text as every provider gets it: what was asked, the tools, how to answer. What rarely changes stands first
 * and byte for byte the same, so that prompt caches match. `tellsSchema` where the provider does not show it to the model
 * by itself.
 */
export function toSystemText(
  { system, tools = [] }: GenerateRequest<unknown>,
  { dialect, schema }: AnswerForm,
  { tellsSchema = false }: { readonly tellsSchema?: boolean } = {},
): string {
  const parts = [system];
  if (tools.length > 0) parts.push(toolsText(tools));
  if (dialect === 'tool') parts.push(`Give your whole answer by calling the tool \`${answerName}\`, once.`);
  else if (dialect === 'text' || tellsSchema) {
    parts.push(
      'Answer with one JSON value and nothing else: no explanation, no code fence. ' +
        `It must satisfy this JSON Schema:\n${JSON.stringify(schema)}`,
    );
  }
  return parts.join('\n\n');
}

function toolsText(tools: readonly OfferedTool[]): string {
  const listed = tools.map(
    ({ name, description, parameters }) => `## ${name}\n${description}\nParameters: ${JSON.stringify(parameters)}`,
  );
  return ['# Tools', 'You name them in your answer; you do not call them.', ...listed].join('\n\n');
}
