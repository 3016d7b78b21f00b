import { connectTemporalClient, knowsSearchAttributes } from '../starters/connect-temporal.ts';
import { createDecisionDoor, type DecisionDoor } from '../starters/decision-door.ts';
import { createIssueSender, type IssueSender } from '../starters/issue-sender.ts';
import type { RuntimeSigns } from '../starters/missing-runtime.ts';
import type { RunMessages } from '../starters/run-messages.ts';
import { createTemporalRunMessages } from '../starters/temporal-run-messages.ts';
import { createTreatmentReader, type TreatmentReader } from '../starters/treatment-reader.ts';
import type { CommandContext } from './command-context.ts';

/** What a command that speaks to runs works with, beside its context. */
export interface RunDoors {
  readonly messages: RunMessages;
  readonly decisions: DecisionDoor;
  readonly issues: IssueSender;
  readonly treatments: TreatmentReader;
  /** Tell whether anybody is there to hear it. */
  readonly signs: RuntimeSigns;
}

/** Connects to Temporal, for as long as `run` takes. */
export async function withRuns(
  { config, state }: CommandContext,
  run: (doors: RunDoors) => Promise<void>,
): Promise<void> {
  const temporal = await connectTemporalClient(config);
  try {
    const messages = createTemporalRunMessages(temporal);
    await run({
      messages,
      decisions: createDecisionDoor({ state, messages }),
      issues: {
        async send(report) {
          const searchAttributes = await knowsSearchAttributes(temporal);
          const sender = createIssueSender({ client: temporal.client, resources: state.resources, searchAttributes });
          await sender.send(report);
        },
      },
      treatments: createTreatmentReader(temporal.client),
      signs: { hosts: state.hosts, messages },
    });
  } finally {
    await temporal.close();
  }
}
