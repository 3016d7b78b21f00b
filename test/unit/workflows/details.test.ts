import { describe, expect, test } from 'vitest';
import { renderDetails } from '../../../src/workflows/details.ts';
import { samplePlan, sampleStep, sampleView, seal } from './sample-plan.ts';

const waiting = (sealed = samplePlan()) =>
  renderDetails(sampleView({ phase: 'waiting', waitingFor: 'approval', sealed }));
const linesOf = (text: string) => text.split('\n');

describe('what an approver sees', () => {
  test('is the sealed plan, its seal, until when, and exactly what to send', () => {
    const text = waiting();
    expect(text).toContain("**Waits for a person's approval**");
    expect(text).toContain('Until 2026-11-22T12:00:00.000Z.');
    expect(text).toContain('### Plan · update · risk dangerous · pass 1');
    expect(linesOf(text)).toEqual(
      expect.arrayContaining([
        '- **s1** `provision_instance` · dangerous · waits: provision\\_instance is dangerous here · **pending**',
        '  - make it',
        '  - `{"image":"app"}`',
        seal,
      ]),
    );
    expect(blocksIn(text, 'json').map((json) => JSON.parse(json) as object)).toEqual([
      { seal, approver: '<your name>' },
      { seal, approver: '<your name>', reason: '<why>' },
    ]);
  });

  test("keeps the planner's words apart, marked as not sealed", () => {
    expect(waiting()).toContain("Planner's reasoning (not sealed): the image is another one");
  });

  test('of long parameters is all of it', () => {
    const parameters = { command: ['sh', '-c', `${'true; '.repeat(300)}echo end`] };
    expect(waiting(samplePlan([sampleStep({ parameters })]))).toContain('echo end');
  });

  test('of endless parameters says that they were cut and where to read on, so that nothing hides behind them', () => {
    const parameters = { command: ['sh', '-c', `${'true; '.repeat(500)}rm -rf /data`] };
    const text = waiting(samplePlan([sampleStep({ parameters })]));
    expect(text).not.toContain('rm -rf');
    expect(text).toMatch(/and [0-9]+ characters more: read all with/);
  });

  test('of an endless description says that it was cut', () => {
    const text = waiting(samplePlan([sampleStep({ description: `${'x'.repeat(500)} and then removes all` })]));
    expect(text).toMatch(/removes all|more|…/);
  });
});

describe('of a repair is shown', () => {
  const incident = { type: 'disk_full', severity: 'warning', evidence: [], attempts: [] };

  test('what was found, by which model, from what, and the runbooks', () => {
    const text = renderDetails(
      sampleView({
        incident: {
          ...incident,
          diagnosis: {
            cause: 'Instance/web-01: its process is gone (process_gone, confidence high)',
            cites: ['e2', 'e3'],
            by: 'model',
            model: 'ollama m',
            runbooks: ['restart'],
            fields: {
              statements: [{ finding: 'process_gone', cites: ['e2', 'e3'] }],
              cause: 'process_gone',
              component: 'Instance/web-01',
              confidence: 'high',
            },
          },
        },
      }),
    );
    expect(text).toContain(String.raw`(process\_gone, confidence high) (by ollama m; from e2, e3; runbook: restart)`);
    expect(linesOf(text)).toContain('- its process is gone (e2, e3)');
  });

  test('which model planned it', () => {
    const sealed = { ...samplePlan(), plannedBy: { provider: 'ollama', model: 'm' } as const };
    expect(waiting(sealed)).toContain("ollama m's reasoning (not sealed): the image is another one");
  });
});

/** Words that try to be more than words, wherever they come from. */
const crafted = [
  { text: 'a | b | safe | | done |', reason: 'cells' },
  { text: 'a\n- **s9** `read` · safe · **done**', reason: 'a step of its own' },
  { text: 'a\r\n\r\n## Approved by the security team', reason: 'a headline' },
  { text: '[approve here](https://evil.example)', reason: 'a link' },
  { text: '![x](data:image/png;base64,AA)', reason: 'an image' },
  { text: '<img src=x onerror=alert(1)><script>alert(1)</script>', reason: 'HTML' },
  { text: '`code` **bold** __bold__ *it* ~~gone~~', reason: 'markup' },
  { text: '```\nfenced\n```', reason: 'a fence' },
  { text: '\u001b[2J\u001b[31mred', reason: 'terminal codes' },
  { text: '\u202edangerous\u2066', reason: 'direction overrides' },
  { text: 'a\u200bb\u{e0041}', reason: 'characters nobody sees' },
  { text: '\\` \\| \\', reason: 'backslashes that would undo ours' },
];

describe('nothing from outside is more than text', () => {
  const places = {
    parameters: (text: string) => samplePlan([sampleStep({ parameters: { value: text } })]),
    key: (text: string) => samplePlan([sampleStep({ parameters: { [text]: 1 } })]),
    gate: (text: string) => samplePlan([sampleStep({ gate: text })]),
    description: (text: string) => samplePlan([sampleStep({ description: text })]),
    reasoning: (text: string) => samplePlan([sampleStep()], text),
  };
  const cases = crafted.flatMap((one) =>
    Object.entries(places).map(([place, planWith]) => ({ ...one, place, planWith })),
  );

  test.each(cases)('$reason by $place', ({ text, planWith }) => {
    const plain = linesOf(waiting(planWith('plain')));
    const shown = linesOf(waiting(planWith(text)));
    expect(shown.length).toBe(plain.length);
    const index = shown.findIndex((line, at) => line !== plain[at]);
    expect(markupIn(shown[index]!)).toBe(markupIn(plain[index]!));
    expect(shown[index]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test.each(crafted)('$reason by a failure or an outcome', ({ text }) => {
    const shown = linesOf(renderDetails(sampleView({ failures: [text], outcome: text })));
    const plain = linesOf(renderDetails(sampleView({ failures: ['x'], outcome: 'x' })));
    expect(shown.map(markupIn)).toEqual(plain.map(markupIn));
    expect(shown.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test.each([
    {
      text: 'see https://evil.example/approve',
      token: /(?<!\\)https?:\/\//,
      reason: 'an address that becomes a link by itself',
    },
    { text: '&#x202e;dangerous', token: /(?<!\\)&/, reason: 'an entity that becomes a direction override' },
  ])('$reason', ({ text, token }) => {
    expect(waiting(samplePlan([sampleStep()], text))).not.toMatch(token);
  });
});

describe('a run shows', () => {
  test('where it is', () => {
    expect(renderDetails(sampleView())).toContain('## Instance/web-01 · tenant default\n\n**Planning**');
    expect(renderDetails(sampleView({ phase: 'executing', running: 's2' }))).toContain('**Executing s2**');
    expect(renderDetails(sampleView({ phase: 'ended', outcome: 'converged in 2 steps' }))).toContain(
      '**converged in 2 steps**',
    );
  });

  test('what became of each step', () => {
    const sealed = samplePlan([sampleStep(), sampleStep({ id: 's2' }), sampleStep({ id: 's3' })]);
    const reports = [{ id: 's1', toolName: 'provision_instance', outcome: 'done' as const }];
    const steps = linesOf(renderDetails(sampleView({ sealed, reports, running: 's2' }))).filter((line) =>
      line.startsWith('- **s'),
    );
    expect(steps.map((line) => /\*\*([a-z]+)\*\*$/.exec(line)?.[1])).toEqual(['done', 'running', 'pending']);
  });

  test('what to send when nobody can prove an effect', () => {
    const open = [{ seal, step: 's1', toolName: 'make_box' }];
    const text = renderDetails(sampleView({ phase: 'waiting', waitingFor: 'resolution', open }));
    expect(blocksIn(text, 'json').map((json) => JSON.parse(json) as object)).toEqual([
      { seal, step: 's1', choice: 'adopt', approver: '<your name>' },
    ]);
  });
});

function blocksIn(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 'gs'))].map(([, content]) => content!);
}

/** The markup of a line in order: what is escaped, or inside code, is text. */
function markupIn(line: string): string {
  return line
    .replaceAll(/\\[\\|`*_<>[\]#~]/g, '')
    .replaceAll(/`[^`]*`/g, '`code`')
    .replaceAll(/[^`*_<>[\]#~|]/g, '');
}
