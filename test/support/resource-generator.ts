/**
 * Resources of kind `Database` by the ten thousand: valid ones, and ones somebody mangled. From one number, because
 * values grown one by one by a property-testing library cost ten times what is tested.
 */
export interface GeneratedText {
  readonly text: string;
  /** A text that must come out as it went in, if the resource is accepted. */
  readonly note: string;
  /** Nothing was done to it: it must be accepted. */
  readonly whole: boolean;
}

interface Dice {
  below(limit: number): number;
  chance(percent: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/** The same numbers for the same seed, on every machine. */
function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, chance: (percent) => below(100) < percent, pick: (items) => items[below(items.length)]! };
}

const goodPieces = [
  'a', 'Z', '0', ' ', '-', '"', '\\', '/', '\n', '\t', '\u0000', '\u001b', '😀', '👩‍👩‍👧', '語', 'e\u0301', 'العربية', '\u202e', '\ufeff', '\u{e0041}', '\u2028',
]; // prettier-ignore
/** As JSON, so that nobody changes what the next one gets. */
const junk = [
  'null', 'true', '-0', '7', '3.5', '-1', '1e308', '9007199254740991', '""', '"x"', '"\\ud800"', '"3"', '[]', '[[]]', '{}', '{"a":1}', '["x",7]', '{"secretRef":"x"}', '{"secretRef":"t2/x"}',
]; // prettier-ignore
const junkKeys = [
  '',
  'x',
  '__proto__',
  'constructor',
  '\udc00',
  'password',
  'replica',
  'toString',
  'a.b',
  '😀',
  'kind',
];
const scraps = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '0',
  '-',
  'e9',
  'NaN',
  '\u0000',
  '\u00e9',
  '//',
  'null',
  '"a":1,',
];

export function generateResource(seed: number): GeneratedText {
  const dice = createDice(seed);
  const text = () => Array.from({ length: dice.below(6) }, () => dice.pick(goodPieces)).join('');
  const note = text();
  const maybe = (field: string, value: unknown) => (dice.chance(50) ? { [field]: value } : {});
  const value: Record<string, unknown> = {
    apiVersion: 'homeostat/v1',
    kind: 'Database',
    metadata: {
      name: dice.pick(['a', 'web-01', '0', 'x'.repeat(63)]),
      annotations: { note },
      ...maybe('tenant', dice.pick(['default', 't2'])),
      ...maybe('labels', { env: text(), [`l${dice.below(9)}`]: text() }),
      ...maybe('dependsOn', dice.pick([[], ['db'], ['Cache/c', 'Database/b']])),
    },
    spec: {
      ...maybe('engine', dice.pick(['postgres', 'sqlite'])),
      ...maybe('replicas', dice.pick([0, -0, 1, 100])),
      ...maybe('ratio', dice.pick([1, 0.5, 1e-7])),
      ...maybe('description', text()),
      ...maybe('version', dice.pick(['17', '17.2'])),
      ...maybe('tags', [text()]),
      ...maybe('backup', dice.chance(50)),
      ...maybe('env', { MODE: text(), DB_PASSWORD: { secretRef: 'db-password' } }),
      ...maybe(
        'check',
        dice.pick([
          { type: 'tcp', port: 1 },
          { type: 'http', port: 65_535, path: text() },
        ]),
      ),
    },
    ...maybe('status', { state: 'Running' }),
  };
  const isMangled = dice.chance(50);
  if (isMangled) for (let times = 1 + dice.below(3); times > 0; times -= 1) mangleValue(value, dice);
  const whole = JSON.stringify(value, null, dice.pick([0, 0, 2]));
  const isCut = dice.chance(20);
  return { text: isCut ? mangleText(whole, dice) : whole, note, whole: !isMangled && !isCut };
}

/** Changes, adds or takes away one thing, somewhere. */
function mangleValue(root: Record<string, unknown>, dice: Dice): void {
  let place: Record<string, unknown> = root;
  for (;;) {
    const below = Object.values(place).filter((child) => typeof child === 'object' && child !== null);
    if (below.length === 0 || dice.chance(30)) break;
    place = dice.pick(below) as Record<string, unknown>;
  }
  const key = dice.chance(30) ? dice.pick(junkKeys) : dice.pick([...Object.keys(place), 'x']);
  if (dice.chance(20)) delete place[key];
  // Own, even where the name is one JavaScript treats specially.
  else
    Object.defineProperty(place, key, {
      value: JSON.parse(dice.pick(junk)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function mangleText(text: string, dice: Dice): string {
  const at = dice.below(text.length);
  const to = at + dice.below(4);
  switch (dice.below(4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(to);
    case 2:
      return text.slice(0, to) + text.slice(at);
    default:
      return text.slice(0, at) + dice.pick(scraps) + text.slice(at);
  }
}
