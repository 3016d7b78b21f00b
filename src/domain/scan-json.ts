import { HomeostatError } from './failure.ts';
import { jsonLimits, noNumber, tooDeep, tooManyValues } from './json.ts';
import { showLocation } from './text-location.ts';

/**
 * A strict look at JSON text before `JSON.parse` sees it.
 *
 * `JSON.parse` keeps the last of two equal keys, rounds `9007199254740993`, and often cannot say where a fault is. All
 * three would let a person believe in something other than what is stored.
 */

interface Frame {
  readonly type: 'object' | 'array';
  /** Keys so far, of an object. */
  readonly keys: Set<string>;
  key: string;
  index: number;
}

type Expected = 'value' | 'first-item' | 'first-key' | 'key' | 'colon' | 'separator';

const whitespace = /[ \t\n\r]*/y;
const plainText = /[^"\\\u0000-\u001f]*/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const word = /-?[A-Za-z_]+/y;

export interface ScanOptions {
  /** Name of the text, in front of line and column. */
  readonly source?: string | undefined;
  /** More values in one document are `TOO_MANY_ITEMS`: the rest of a huge text is not read. */
  readonly maximumItems?: number;
}

/**
 * Splits text into its JSON documents, one after the other, and throws `PARSE_ERROR` with line and column,
 * `DUPLICATE_KEY`, `INVALID_NUMBER` or `TOO_DEEP`. Never recurses.
 */
export function scanJson(text: string, { source, maximumItems = Infinity }: ScanOptions = {}): readonly string[] {
  const documents: string[] = [];
  const frames: Frame[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  let start = 0;
  let items = 0;

  const awaited = (): Expected => expected;
  const fail = (problem: string, at = offset): never => {
    throw new HomeostatError('PARSE_ERROR', {
      path: showLocation(text, at, source),
      problem,
      remedy: 'write valid JSON',
    });
  };
  /** Where a match that begins here ends; here where there is none. */
  const endOf = (pattern: RegExp): number => {
    pattern.lastIndex = offset;
    return pattern.test(text) ? pattern.lastIndex : offset;
  };
  const scanString = () => {
    offset += 1;
    for (;;) {
      offset = endOf(plainText);
      const character = text[offset];
      if (character === '"') break;
      if (character !== '\\')
        fail(character === undefined ? 'the text ends inside a string' : 'a string holds a raw control character');
      const end = endOf(escaped);
      if (end === offset) fail('not an escape sequence');
      offset = end;
    }
    offset += 1;
  };
  const open = (type: Frame['type']) => {
    if (frames.length >= jsonLimits.depth) {
      throw tooDeep();
    }
    frames.push({ type, keys: new Set(), key: '', index: 0 });
    expected = type === 'object' ? 'first-key' : 'first-item';
    offset += 1;
  };
  const afterValue = () => {
    expected = frames.length === 0 ? 'value' : 'separator';
    if (frames.length === 0) documents.push(text.slice(start, offset));
  };
  const close = () => {
    frames.pop();
    offset += 1;
    afterValue();
  };
  const scanKey = () => {
    const from = offset;
    scanString();
    const key = JSON.parse(text.slice(from, offset)) as string;
    const frame = frames.at(-1)!;
    frame.key = key;
    if (frame.keys.has(key)) {
      throw new HomeostatError('DUPLICATE_KEY', {
        path: pathOf(frames),
        problem: `is there twice, again at ${showLocation(text, from, source)}`,
        remedy: 'keep one',
      });
    }
    frame.keys.add(key);
    expected = 'colon';
  };
  const scanScalar = () => {
    const digits = text.slice(offset, endOf(number));
    if (digits !== '') {
      checkNumber(digits, () => pathOf(frames));
      offset += digits.length;
      return;
    }
    const name = text.slice(offset, endOf(word));
    if (['NaN', 'Infinity', '-Infinity'].includes(name)) {
      throw noNumber(pathOf(frames), name);
    }
    if (!['true', 'false', 'null'].includes(name))
      fail(name === '' ? `unexpected ${JSON.stringify(text[offset])}` : `unexpected ${name}`);
    offset += name.length;
  };

  for (;;) {
    offset = endOf(whitespace);
    const character = text[offset];
    if (character === undefined) {
      if (frames.length === 0) return documents;
      fail('the text ends too early');
    }
    const frame = frames.at(-1);
    if (frame === undefined) {
      start = offset;
      items = 0;
    }
    // Read through a function: the closures above change it, which the compiler cannot see.
    const now = awaited();
    if (now === 'separator') {
      if (character === (frame!.type === 'object' ? '}' : ']')) close();
      else if (character === ',') {
        frame!.index += 1;
        expected = frame!.type === 'object' ? 'key' : 'value';
        offset += 1;
      } else fail(`expected , or ${frame!.type === 'object' ? '}' : ']'}, found ${JSON.stringify(character)}`);
    } else if (now === 'colon') {
      if (character !== ':') fail(`expected :, found ${JSON.stringify(character)}`);
      expected = 'value';
      offset += 1;
    } else if (now === 'first-key' || now === 'key') {
      if (character === '}' && now === 'first-key') close();
      else if (character === '"') scanKey();
      else
        fail(
          character === '}'
            ? 'a comma with nothing after it'
            : `expected a key in double quotes, found ${JSON.stringify(character)}`,
        );
    } else if (character === ']' && now === 'first-item') close();
    else if (++items > maximumItems) throw tooManyValues();
    else if (character === '{') open('object');
    else if (character === '[') open('array');
    else {
      if (character === ']' && frame?.type === 'array') fail('a comma with nothing after it');
      if (character === '"') scanString();
      else scanScalar();
      afterValue();
    }
  }
}

/** Throws `INVALID_NUMBER` for digits that would silently become another number. */
export function checkNumber(digits: string, path: () => string): void {
  const value = Number(digits);
  const isInteger = /^[-+]?[0-9]+$/.test(digits);
  if (Number.isFinite(value) && (!isInteger || Number.isSafeInteger(value))) return;
  throw new HomeostatError('INVALID_NUMBER', {
    path: path(),
    problem: isInteger
      ? `whole numbers go from -${Number.MAX_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`
      : 'too large',
    got: digits,
    remedy: 'choose a smaller number, or write it as text',
  });
}

function pathOf(frames: readonly Frame[]): string {
  let path = '';
  for (const { type, key, index } of frames) {
    path += type === 'array' ? `[${index}]` : `${path === '' ? '' : '.'}${key}`;
  }
  return path === '' ? '$' : path;
}
