import type { Driver } from '../../drivers/driver.ts';
import type { Agent } from '../agent.ts';
import { defineAgent } from '../define-agent.ts';
import { createInstanceKind } from './instance-kind.ts';
import { createInstanceRules } from './instance-rules.ts';
import { createInstanceTools } from './instance-tools.ts';

/** The Instance agent: keeps compute instances as asked, over the drivers it is given. */
export function createInstanceAgent(drivers: readonly Driver[]): Agent {
  const byName = new Map(drivers.map((driver) => [driver.name, driver]));
  const tools = createInstanceTools(byName);
  return defineAgent({
    name: 'instance',
    purpose: 'Keeps compute instances as asked: created, configured, running or stopped, replaced, removed',
    kinds: [createInstanceKind(byName)],
    tools: Object.values(tools),
    rules: { Instance: createInstanceRules(tools) },
  });
}
