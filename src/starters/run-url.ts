import type { ServerAddresses } from './server-addresses.ts';

/** Where a run is shown in the Temporal UI, without `runId` the newest of its id; nothing where no UI is known. */
export function toRunUrl(
  { uiUrl, namespace }: ServerAddresses['temporal'],
  workflowId: string,
  runId?: string,
): string | undefined {
  if (uiUrl === undefined) return undefined;
  const parts = ['namespaces', namespace, 'workflows', workflowId, ...(runId === undefined ? [] : [runId])];
  return [uiUrl.replace(/\/$/, ''), ...parts.map(encodeURIComponent)].join('/');
}
