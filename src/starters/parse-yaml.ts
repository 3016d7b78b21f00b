import {
  isPair,
  isScalar,
  isSeq,
  Lexer,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { describeThrown, HomeostatError } from '../domain/failure.ts';
import { tooDeep, tooManyValues } from '../domain/json.ts';
import { checkNumber } from '../domain/scan-json.ts';
import { showLocation } from '../domain/text-location.ts';

type YamlDocument = ReturnType<typeof parseAllDocuments>[number];
type Ancestors = readonly (Document | Node | Pair)[];

/**
 * Lexemes that a document may have, a key with its value being eight: far more than the values of a resource need, and few
 * enough to be composed within a second.
 */
const maximumLexemes = 500_000;
/** What the lexer puts before each document. */
const documentMark = '\u0002';

/**
 * The values of all documents in YAML 1.2 text; documents with nothing in them are left out. Throws `PARSE_ERROR` with
 * line and column, `DUPLICATE_KEY`, `INVALID_NUMBER`, `TOO_DEEP` or `TOO_MANY_ITEMS`.
 */
export function parseYaml(text: string, source?: string): readonly unknown[] {
  checkLength(text, source);
  try {
    const documents: readonly YamlDocument[] = parseAllDocuments(text, {
      // The library looks at all keys before it for each key; ours are checked below.
      uniqueKeys: false,
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

/**
 * Refuses what is too long before it is composed, which costs several times as much as this. A list of `items` holds as
 * many resources as fit into the text.
 */
function checkLength(text: string, source: string | undefined): void {
  let lexemes = 0;
  let firstWord: string | undefined;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === documentMark) {
      lexemes = 0;
      firstWord = undefined;
    }
    lexemes += 1;
    if (firstWord === undefined && /^["'A-Za-z]/.test(lexeme)) firstWord = lexeme.replaceAll(/["']/g, '');
    if (lexemes > maximumLexemes && firstWord !== 'items') throw tooManyValues(source);
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
  if (fault !== undefined) {
    throw new HomeostatError('PARSE_ERROR', {
      path: showLocation(text, fault.pos[0], source),
      problem: plain(fault.message),
      remedy: 'write valid YAML or JSON',
    });
  }
  visit(document, {
    Map(_, map, ancestors) {
      checkKeys(map, ancestors, (offset) => showLocation(text, offset, source));
    },
    Scalar(key, node, ancestors) {
      if (typeof node.value === 'number' && node.source !== undefined && !/^[-+]?\.|^0[xo]/i.test(node.source)) {
        checkNumber(node.source, () => pathOf(ancestors, key));
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

function checkKeys(map: YAMLMap, ancestors: Ancestors, locate: (offset: number) => string): void {
  const seen = new Set<unknown>();
  for (const pair of map.items) {
    if (!isScalar(pair.key)) continue;
    const { value, range } = pair.key;
    if (seen.has(value)) {
      throw new HomeostatError('DUPLICATE_KEY', {
        path: pathOf([...ancestors, map, pair], 'value'),
        problem: `is there twice, again at ${locate(range?.[0] ?? 0)}`,
        remedy: 'keep one',
      });
    }
    seen.add(value);
  }
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
