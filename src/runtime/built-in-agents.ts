import { join } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import { createInstanceAgent } from '../agents/instance/instance-agent.ts';
import { createProcessDriver } from '../drivers/process/process-driver.ts';

/** The agents every runtime started by the command line carries. */
export function createBuiltInAgents(dataDir: string): readonly Agent[] {
  return [createInstanceAgent([createProcessDriver({ folder: join(dataDir, 'instances') })])];
}
