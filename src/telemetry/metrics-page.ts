import type { Metrics } from './metrics.ts';
import { processMetrics } from './process-metrics.ts';

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

const sdkPatienceMs = 2_000;

/**
 * The page that Prometheus reads: ours, the process's, and the Temporal SDK's own, which its native half serves on a
 * port of its own on loopback. Where that does not answer, the rest is told without it.
 */
export async function renderMetricsPage({ registry }: Metrics, sdkAddress: string | undefined): Promise<MetricsPage> {
  const parts = await Promise.all([registry.metrics(), processMetrics().metrics(), readSdkMetrics(sdkAddress)]);
  return {
    contentType: registry.contentType,
    text: parts
      .map((part) => part.trimEnd())
      .join('\n')
      .concat('\n'),
  };
}

async function readSdkMetrics(address: string | undefined): Promise<string> {
  if (address === undefined) return '';
  try {
    const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(sdkPatienceMs) });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
