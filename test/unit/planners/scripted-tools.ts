import { z } from 'zod';
import type { StepDraft } from '../../../src/domain/plan.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';

const notCalled = async (): Promise<never> => {
  throw new Error('a planner calls no tool');
};

/** Two tools that must never be called: planning touches nothing. */
export const makeDisk = defineTool({
  name: 'make_disk',
  description: 'Makes a disk',
  riskLevel: 'moderate',
  effect: 'write',
  parameters: z.strictObject({ size: z.int().min(1), kind: z.enum(['ssd', 'hdd']).optional() }),
  result: z.strictObject({ id: z.string(), size: z.int(), where: z.strictObject({ host: z.string() }) }),
  execute: notCalled,
});
export const attachDisk = defineTool({
  name: 'attach_disk',
  description: 'Attaches a disk',
  riskLevel: 'dangerous',
  effect: 'write',
  parameters: z.strictObject({ disk: z.string(), slot: z.int().optional(), tags: z.unknown().optional() }),
  result: z.strictObject({}),
  execute: notCalled,
});
export const tools = [makeDisk, attachDisk] as const;

/** A step as a model might propose it: any parameters, nothing checked. */
export function draft(toolName: string, parameters: object, riskLevel?: string): StepDraft {
  return {
    toolName,
    parameters: parameters as StepDraft['parameters'],
    description: `calls ${toolName}`,
    ...(riskLevel === undefined ? {} : { riskLevel: riskLevel as 'safe' }),
  };
}
