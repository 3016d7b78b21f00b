import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type JSONInstruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { compareVersions } from '../../src/servers/versions.ts';
import { checkOurCommand } from '../support/our-command.ts';
import { projectRoot } from '../support/run-program.ts';

/** What can be said of the Dockerfile without an engine. */
const text = readFileSync(join(projectRoot, 'Dockerfile'), 'utf8');
const file = DockerfileParser.parse(text);
const instructions = file.getInstructions();
const argumentsOf = (keyword: string) =>
  instructions
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArguments().map((argument) => argument.getValue()));
/** The words of an instruction in JSON form, such as CMD. */
const wordsOf = (keyword: string): string[] => {
  const found = instructions.findLast((instruction) => instruction.getKeyword() === keyword) as JSONInstruction;
  return found.getJSONStrings().map((word) => JSON.parse(word.getValue()) as string);
};
const environment = Object.fromEntries(
  file.getENVs().flatMap((env) => env.getProperties().map((one) => [one.getName(), one.getValue() ?? ''])),
);
const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  engines: { node: string };
};

test('the linter finds nothing', () => {
  expect(validate(text)).toEqual([]);
  // So that an empty list means something.
  expect(validate('FROM node:24\nCOPPY a b\nWORKDIR app')).not.toEqual([]);
});

test('every base is pinned to one version of Node that fits, or is a stage of this file', () => {
  const stages = file.getFROMs().map((from) => from.getBuildStage());
  const bases = file.getFROMs().filter((from) => !stages.includes(from.getImage()));
  expect(bases.length).toBeGreaterThan(0);
  for (const base of bases) {
    const [, version] = /^node:([0-9]+\.[0-9]+\.[0-9]+)-[a-z]+-slim$/.exec(base.getImage() ?? '') ?? [];
    expect(version, base.getImage() ?? '').toBeDefined();
    expect(compareVersions(version!, manifest.engines.node.replace('>=', '') + '.0')).toBeGreaterThanOrEqual(0);
  }
});

describe('what is copied', () => {
  const copies = file.getCOPYs();
  const sources = copies
    .filter((copy) => copy.getFromFlag() === null)
    .flatMap((copy) =>
      copy
        .getArguments()
        .slice(0, -1)
        .map((argument) => argument.getValue()),
    );
  const ignored = readFileSync(join(projectRoot, '.dockerignore'), 'utf8').split('\n');

  test.each(sources)('%s is in the repository, and not kept out of the build', (source) => {
    expect(existsSync(join(projectRoot, source))).toBe(true);
    expect(ignored).toContain(`!${source}`);
  });

  test('nothing else is let into the build', () => {
    expect(ignored.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      '*',
      ...new Set(sources.map((source) => `!${source}`)),
    ]);
  });

  test('what comes from another stage comes from one that is there', () => {
    const stages = file.getFROMs().map((from) => from.getBuildStage());
    for (const copy of copies) {
      const from = copy.getFromFlag()?.getValue();
      if (from !== undefined) expect(stages).toContain(from);
    }
  });
});

test('it runs as a user by number who is not root, to the end', () => {
  const [user] = argumentsOf('USER').at(-1)!;
  expect(user).toMatch(/^[1-9][0-9]*:[1-9][0-9]*$/);
});

test('it starts our command, by a name that is linked to a file of the repository', async () => {
  expect(wordsOf('ENTRYPOINT')).toEqual(['homeostat']);
  const [, target] = /ln -s \/app\/(\S+) \/usr\/local\/bin\/homeostat/.exec(text)!;
  expect(readFileSync(join(projectRoot, target!), 'utf8')).toMatch(/^#!\/usr\/bin\/env -S node /);
  await checkOurCommand(wordsOf('CMD'));
  await expect(checkOurCommand(['runtyme'])).rejects.toThrow('no such command');
  await expect(checkOurCommand(['runtime', '--rolle'])).rejects.toThrow('--rolle');
});

test('its settings are settings of ours, and its data lies in the volume', () => {
  const { dataDir, runtime } = loadConfig({ environment });
  expect(argumentsOf('VOLUME')).toEqual([[dataDir]]);
  expect(runtime.healthPort).toBeTypeOf('number');
  expect(text).toContain(`-m 0750 ${dataDir}`);
});

test('it is healthy when the runtime says that it is ready', () => {
  const health = instructions.find((instruction) => instruction.getKeyword() === 'HEALTHCHECK')!;
  const [, command] = /CMD (\[.*\])$/s.exec(health.getTextContent())!;
  const [program, flag, script] = JSON.parse(command!) as string[];
  expect([program, flag]).toEqual(['node', '-e']);
  expect(script).toContain('http://127.0.0.1:${process.env.HOMEOSTAT_HEALTH_PORT}/readyz');
});
