import { Command } from 'commander';
import { HomeostatError } from '../domain/failure.ts';
import { replayOpenRuns, type ReplayedRun } from '../runtime/replay-open-runs.ts';
import { commandConfig } from './command-config.ts';
import { globalOptionsOf } from './global-options.ts';
import { print } from './print.ts';
import { renderTable, toCell } from './table.ts';

/** `homeostat replay`: asked of a new version before it takes over from an old one. */
export function createReplayCommand(): Command {
  return new Command('replay')
    .description('Check that this version can carry on the runs that are open now, and change nothing.')
    .addHelpText(
      'after',
      '\nExample:\n  $ HOMEOSTAT_TEMPORAL_ADDRESS=temporal:7233 HOMEOSTAT_ETCD_ENDPOINTS=etcd:2379 homeostat replay',
    )
    .action(async (_: object, command: Command) => {
      const items = await replayOpenRuns(commandConfig(command));
      print(globalOptionsOf(command).output, { items }, () => renderReplayed(items));
      const faults = items.filter(({ fault }) => fault !== undefined).length;
      if (faults === 0) return;
      throw new HomeostatError('RUNTIME_FAULT', {
        path: 'replay',
        problem: `${faults} of ${items.length} open runs do not replay on this version`,
        remedy: 'do not start it before they have ended, or terminate them: what is not settled is started again',
      });
    });
}

/** One line a run. */
function renderReplayed(runs: readonly ReplayedRun[]): string {
  if (runs.length === 0) return 'No run is open.\n';
  return renderTable(
    ['RUN', 'REPLAYS', 'FAULT'],
    runs.map(({ workflowId, fault }) => [workflowId, fault === undefined ? 'yes' : 'no', toCell(fault ?? '', 200)]),
  );
}
