import { LifecycleState } from '../domain/actual.ts';
import { longestTimerMs } from '../domain/duration.ts';
import { escapeControls } from '../domain/failure.ts';
import { toEtcdConnection } from '../starters/etcd-access.ts';
import type { ShownResource } from '../starters/shown-resource.ts';
import { watchResources, type ResourceChange, type WatchResourcesOptions } from '../starters/watch-resources.ts';
import type { CommandContext } from './command-context.ts';
import { toJson, toYaml } from './print.ts';
import { resourceHeadings, toResourceRow } from './resource-rows.ts';
import { sayBeside } from './say-beside.ts';
import { createTableRows } from './table.ts';

/**
 * `get --watch`: what there is, then each change, until Ctrl-C or the time is up. Both end well. As JSON one object a
 * line, as YAML one document each.
 */
export async function getWatching(
  { config, state, output, tenant }: Pick<CommandContext, 'config' | 'state' | 'output' | 'tenant'>,
  scope: WatchResourcesOptions['scope'],
  timeoutMs: number | undefined,
): Promise<void> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, end);
  const timer = timeoutMs === undefined ? undefined : setTimeout(end, Math.min(timeoutMs, longestTimerMs));
  const printer = output === 'table' ? createTablePrinter(scope.tenant !== tenant) : createObjectPrinter(output);
  try {
    await watchResources({
      connection: toEtcdConnection(config),
      keys: state.keys,
      resources: state.resources,
      scope,
      signal: stop.signal,
      ...printer,
      onState: ({ connected, cause }) => {
        const now = connected
          ? 'etcd answers again'
          : `etcd does not answer, waiting for it: ${escapeControls(cause ?? 'no cause known')}`;
        sayBeside(output, now);
      },
    });
  } finally {
    clearTimeout(timer);
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, end);
  }
}

type Printer = Pick<WatchResourcesOptions, 'onList' | 'onChange'>;

function createTablePrinter(withTenant: boolean): Printer {
  const headings = resourceHeadings(withTenant);
  let showRow: ReturnType<typeof createTableRows> | undefined;
  const last = new Map<string, string>();
  const print = (resource: ShownResource) => {
    const row = showRow!(toResourceRow(resource, withTenant));
    const path = `${resource.metadata.tenant}/${resource.kind}/${resource.metadata.name}`;
    // Much that changes does not show in a row.
    if (last.get(path) !== row) process.stdout.write(row);
    last.set(path, row);
  };
  return {
    onList(resources) {
      const rows = resources.map((resource) => toResourceRow(resource, withTenant));
      showRow = createTableRows(headings, rows);
      process.stdout.write(showRow(headings));
      for (const resource of resources) print(resource);
    },
    onChange({ type, resource }) {
      print(type === 'gone' ? { ...resource, status: { state: LifecycleState.Deleted } } : resource);
    },
  };
}

function createObjectPrinter(output: 'json' | 'yaml'): Printer {
  const print = (change: ResourceChange) => {
    process.stdout.write(output === 'json' ? `${toJson(change)}\n` : `---\n${toYaml(change)}`);
  };
  return {
    onList: (resources) => {
      for (const resource of resources) print({ type: 'added', resource });
    },
    onChange: print,
  };
}
