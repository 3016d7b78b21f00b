import {
  isPair,
  isScalar,
  isSeq,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLParseError,
} from 'yaml';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { tooDeep } from '../domain/json.ts';
import { checkNumber } from '../domain/scan-json.ts';
import { showLocation } from '../domain/text-location.ts';

type YamlDocument = ReturnType<typeof parseAllDocuments>[number];
type Ancestors = readonly (Document | Node | Pair)[];

/**
 * The values of all documents in YAML 1.2 text; documents with nothing in them are left out. Throws `PARSE_ERROR` with
 * line and column, `DUPLICATE_KEY`, `INVALID_NUMBER`, `TOO_DEEP` or `TOO_MANY_ITEMS`.
 */
export function parseYaml(text: string, source?: string): readonly unknown[] {
  try {
    const documents: readonly YamlDocument[] = parseAllDocuments(text, {
      uniqueKeys: true,
      stringKeys: true,
      merge: false,
    });
    return documents.filter((document) => !isEmpty(document)).map((document) => toValue(document, text, source));
  } catch (error) {
    // The library recurses, and so gives out before our own check of the depth could speak.
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

function isEmpty(document: YamlDocument): boolean {
  const { contents, errors } = document;
  return (
    errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null && !contents.source))
  );
}

function toValue(document: YamlDocument, text: string, source: string | undefined): unknown {
  const [fault] = [...document.errors, ...document.warnings];
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw tooDeep();
  if (fault?.code === 'DUPLICATE_KEY') throw toDuplicateKey(document, fault, text, source);
  if (fault !== undefined) {
    throw new HomeostatError('PARSE_ERROR', {
      path: showLocation(text, fault.pos[0], source),
      problem: plain(fault.message),
      remedy: 'write valid YAML or JSON',
    });
  }
  visit(document, {
    Scalar(key, node, ancestors) {
      if (typeof node.value === 'number' && node.source !== undefined && !/^[-+]?\.|^0[xo]/i.test(node.source)) {
        checkNumber(node.source, pathOf(ancestors, key));
      }
    },
  });
  try {
    return document.toJS() as unknown;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new HomeostatError('TOO_MANY_ITEMS', { problem: describeThrown(error), remedy: 'write the values out' });
  }
}

function toDuplicateKey(
  document: YamlDocument,
  { pos }: YAMLParseError,
  text: string,
  source: string | undefined,
): HomeostatError {
  let path: string | undefined;
  visit(document, {
    Pair(_, pair, ancestors) {
      const at = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      if (at !== pos[0]) return undefined;
      path = pathOf([...ancestors, pair], 'value');
      return visit.BREAK;
    },
  });
  return new HomeostatError('DUPLICATE_KEY', {
    path: path ?? '$',
    problem: `is there twice, again at ${showLocation(text, pos[0], source)}`,
    remedy: 'keep one',
  });
}

/** Where a node stands: from the pairs it is below, and from its place in each sequence. */
function pathOf(ancestors: Ancestors, place: number | string | null): string {
  let path = '';
  for (const [depth, ancestor] of ancestors.entries()) {
    if (isPair(ancestor))
      path += `${path === '' ? '' : '.'}${isScalar(ancestor.key) ? String(ancestor.key.value) : '?'}`;
    if (!isSeq(ancestor)) continue;
    const child = ancestors[depth + 1];
    path += `[${child === undefined ? place : ancestor.items.indexOf(child)}]`;
  }
  return path === '' ? '$' : path;
}

/** The library's message in our form: one line, lower case, no place at its end. */
function plain(message: string): string {
  const [first = ''] = message.split('\n', 1);
  const text = first.replace(/ at line [0-9]+, column [0-9]+:?$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}
