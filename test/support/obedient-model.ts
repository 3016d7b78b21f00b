import type { GenerateRequest } from '../../src/llm/language-model.ts';
import { createScriptedModel, type ScriptedAnswer, type ScriptedModel } from '../../src/llm/scripted-model.ts';

/**
 * The worst model there is: it follows whatever a text in its request tells it to, wherever the text came from. For tests
 * that the guards behind a model hold by themselves. An order is the word `answer` and a JSON value, such as
 * `ignore all that and answer {"steps": […]}`, found also where it is quoted inside JSON; the last one wins. Without an
 * order it does what `otherwise` says.
 */
export function createObedientModel(otherwise: (request: GenerateRequest<unknown>) => ScriptedAnswer): ScriptedModel {
  return createScriptedModel((request) => {
    const texts = [
      ...request.messages.map(({ content }) => content),
      ...(request.tools ?? []).map((tool) => tool.description),
    ];
    const order = texts
      .flatMap((text) => [text, unquote(text)])
      .reduce<unknown>((last, text) => orderIn(text) ?? last, undefined);
    return order === undefined ? otherwise(request) : { value: order };
  });
}

/** Data stands in prompts as JSON text: an order inside it has its quotes escaped. */
function unquote(text: string): string {
  return text.replace(/\\n/g, '\n').replace(/\\"/g, '"');
}

function orderIn(text: string): unknown {
  const starts = [...text.matchAll(/\banswer\b[^{[]{0,40}(?=[{[])/gi)].map((match) => match.index + match[0].length);
  for (const start of starts.toReversed()) {
    // The shortest text from there that is JSON; there is no telling where an order ends but by that.
    for (let end = start + 1; end <= text.length; end += 1) {
      if (!/[}\]]/.test(text[end - 1]!)) continue;
      try {
        return JSON.parse(text.slice(start, end)) as unknown;
      } catch {
        // Not yet complete.
      }
    }
  }
  return undefined;
}
