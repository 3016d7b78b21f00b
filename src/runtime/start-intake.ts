import { startIntakeServer, type IntakeServer } from '../api/intake-server.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createIssueSender, type IssueSenderOptions } from '../starters/issue-sender.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Opens the door for alerts, if there is a token to open it with; else says so, once. */
export async function startIntake(
  { intake: { host, port, token } }: Pick<LoadedConfig, 'intake'>,
  options: IssueSenderOptions,
  log: Logger,
): Promise<IntakeServer | undefined> {
  if (token === undefined) {
    log.info({}, 'no alerts are taken in: intake.token is not set — see docs/healing.md');
    return undefined;
  }
  return startIntakeServer({ host, port, token, sender: createIssueSender(options), log });
}
