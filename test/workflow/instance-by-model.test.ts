import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FakeModelServer } from '../support/fake-model-server.ts';
import { greeter, startInstanceLife, type InstanceLife } from '../support/instance-life.ts';
import { modelsOf, modelSubjects } from '../support/model-subjects.ts';
import { planInstance } from '../support/scripted-instance-planner.ts';
import { startTestServers, type TestServers } from '../support/test-servers.ts';

/*
 * The Instance agent with `planning: model`: a whole life of a real process, each change planned by a scripted model
 * behind each provider's own protocol.
 */
let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers?.stop());

describe.each(modelSubjects)('planned through $provider', (subject) => {
  let fake: FakeModelServer;
  let life: InstanceLife;

  beforeAll(async () => {
    fake = subject.createFake();
    await fake.start();
    fake.answerBy(planInstance);
    const models = modelsOf(subject, fake, { instance: 'model' });
    life = await startInstanceLife({ servers, name: `by-${subject.provider}`, models, program: greeter() });
  });
  afterAll(async () => {
    await life?.stop();
    await fake?.stop();
  });

  test('is created, changed, stopped, started, replaced and removed, each by its own tools', async () => {
    const spec = { ...life.spec, env: { GREETING: 'hello' } };
    expect(await life.change(spec)).toEqual(['provision_instance']);
    expect(await life.page()).toBe('hello');

    const changed = { ...spec, env: { GREETING: 'good day' } };
    expect(await life.change(changed)).toEqual(['configure_instance', 'restart_instance']);
    expect(await life.page()).toBe('good day');

    expect(await life.change({ ...changed, desiredState: 'stopped' })).toEqual(['stop_instance']);
    await expect(life.page()).rejects.toThrow();
    expect(await life.change(changed)).toEqual(['start_instance']);
    expect(await life.page()).toBe('good day');

    life.putProgram(greeter(', anew'));
    expect(await life.change({ ...changed, type: 'medium' })).toEqual(['provision_instance']);
    expect(await life.page()).toBe('good day, anew');
    expect(fake.requests).toHaveLength(5);

    let whenAsked = 'nobody was asked';
    const look = async () => void (whenAsked = await life.page());
    expect(await life.change(undefined, look)).toEqual(['terminate_instance']);
    expect(whenAsked).toBe('good day, anew');
    expect(await life.actual()).toBeUndefined();
    await expect(life.page()).rejects.toThrow();
    expect(fake.requests).toHaveLength(6);
  });
});
