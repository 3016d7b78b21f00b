/** A page of metrics as Prometheus reads it. */
export interface ScrapedMetrics {
  readonly text: string;
  /** Names of all metrics it tells of, also of those without a sample yet. */
  readonly names: ReadonlySet<string>;
  /** The sum over all samples with these labels; of a histogram the number of observations. 0 when there is none. */
  value(name: string, labels?: Labels): number;
  labelsOf(name: string): readonly Labels[];
  typeOf(name: string): string | undefined;
}

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly type: string;
  readonly samples: { readonly name: string; readonly labels: Labels; readonly value: number }[];
}

export async function scrape(healthUrl: string): Promise<ScrapedMetrics> {
  const response = await fetch(`${healthUrl}/metrics`);
  const text = await response.text();
  if (!response.ok) throw new Error(`the metrics page answered ${response.status}: ${text}`);
  if (!/^text\/plain; ?version=0\.0\.4\b/.test(response.headers.get('content-type') ?? ''))
    throw new Error(`the metrics page is ${response.headers.get('content-type')}`);
  return readMetrics(text);
}

/** Reads the text format, version 0.0.4, as strictly as Prometheus does; throws on the first line that is not of it. */
export function readMetrics(text: string): ScrapedMetrics {
  const families = readFamilies(text);
  const samplesOf = (name: string) => {
    const { type, samples } = families.get(name) ?? { type: '', samples: [] };
    return type === 'histogram' ? samples.filter((sample) => sample.name === `${name}_count`) : samples;
  };
  return {
    text,
    names: new Set(families.keys()),
    value: (name, labels = {}) =>
      samplesOf(name)
        .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
        .reduce((sum, { value }) => sum + value, 0),
    labelsOf: (name) => samplesOf(name).map(({ labels }) => labels),
    typeOf: (name) => families.get(name)?.type,
  };
}

const typeLine = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|Nan|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)$/;
const labelPart = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;

function readFamilies(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: { readonly name: string; readonly family: Family } | undefined;
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '' || /^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* /.test(line)) continue;
    const [, name, type] = typeLine.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      current = { name, family: { type, samples: [] } };
      families.set(name, current.family);
      continue;
    }
    const [, sample, labels = '', value] = sampleLine.exec(line) ?? [];
    const id = `${sample}{${labels}}`;
    if (sample === undefined || value === undefined || seen.has(id))
      throw new Error(`no sample, or one twice: ${line}`);
    seen.add(id);
    const ending = current === undefined ? undefined : sample.slice(current.name.length);
    const endings = current?.family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['', '_sum', '_count'];
    if (current === undefined || !sample.startsWith(current.name) || !endings.includes(ending ?? ''))
      throw new Error(`a sample without its type before it: ${line}`);
    current.family.samples.push({
      name: sample,
      labels: readLabels(labels),
      value: Number(value.replace('Inf', 'Infinity')),
    });
  }
  return families;
}

function readLabels(text: string): Labels {
  const parts = [...text.matchAll(labelPart)];
  if (parts.reduce((length, [part]) => length + part.length, 0) !== text.length) throw new Error(`no labels: ${text}`);
  return Object.fromEntries(parts.map(([, name, value]) => [name, value]));
}
