import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';

const heal = (environment: Readonly<Record<string, string>>) => loadConfig({ environment }).heal;

describe('the section heal', () => {
  test('checks and measures unless it is told not to, and asks no Prometheus', () => {
    expect(heal({})).toMatchObject({
      checks: { enabled: true, concurrency: 16 },
      metrics: { enabled: true, every: 15_000, keepFor: 1_800_000 },
      prometheus: { queries: {} },
    });
    expect(heal({ HOMEOSTAT_HEAL_CHECKS: 'false', HOMEOSTAT_HEAL_METRICS: 'no' })).toMatchObject({
      checks: { enabled: false },
      metrics: { enabled: false },
    });
  });

  test.each(['https://prometheus.example.com/base', 'http://127.0.0.1:9090', 'http://localhost:9090/'])(
    'asks %s',
    (url) => {
      expect(heal({ HOMEOSTAT_HEAL_PROMETHEUS_URL: url }).prometheus.url).toBe(url);
    },
  );

  test.each(['http://prometheus.example.com', 'ftp://127.0.0.1', 'https://ann:secret@example.com', 'nowhere'])(
    'refuses to send what it asks, and its token, to %s',
    (url) => {
      expect(() => heal({ HOMEOSTAT_HEAL_PROMETHEUS_URL: url })).toThrow('heal.prometheus.url');
    },
  );

  test('refuses queries for what is no issue type, and empty ones', () => {
    const load = (queries: Record<string, string[]>) => () =>
      loadConfig({ environment: {}, overrides: { heal: { prometheus: { queries } } } });
    expect(load({ queue_too_long: ['depth'] })().heal.prometheus.queries).toEqual({ queue_too_long: ['depth'] });
    expect(load({ 'Too Long': ['depth'] })).toThrow('heal.prometheus.queries');
    expect(load({ queue_too_long: [' '] })).toThrow('heal.prometheus.queries');
  });
});
