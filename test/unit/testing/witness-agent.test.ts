import { expect, test } from 'vitest';
import type { Agent } from '../../../src/agents/agent.ts';
import { witnessAgent, type ToolCall } from '../../../src/testing/witness-agent.ts';
import type { AnyTool, ToolContext } from '../../../src/tools/tool.ts';

test('an agent and a tool that are classes with private fields are witnessed, too', async () => {
  class Tool {
    readonly #word = 'done';
    readonly name = 'do_it';
    get description(): string {
      return this.#word;
    }
    async execute(): Promise<string> {
      return this.#word;
    }
    raiseRisk(): string {
      return this.#word;
    }
  }
  class Keeper {
    readonly #tools = [new Tool()];
    get name(): string {
      return `keeper of ${this.#tools.length}`;
    }
    tools(): readonly Tool[] {
      return this.#tools;
    }
    async reconcile(): Promise<number> {
      return this.#tools.length;
    }
  }
  const calls: ToolCall[] = [];
  const heard: string[] = [];
  const agent = witnessAgent(new Keeper() as unknown as Agent, calls, (text) => void heard.push(text));
  const [tool] = agent.tools() as readonly [AnyTool];
  const context = { idempotencyKey: 'k', attempt: 1 } as ToolContext;
  expect(agent.name).toBe('keeper of 1');
  expect(await agent.reconcile({} as never)).toBe(1);
  expect(await tool.execute(context, {})).toBe('done');
  expect([tool.name, tool.description, tool.raiseRisk?.({}, {} as never), tool.probe]).toEqual([
    'do_it',
    'done',
    'done',
    undefined,
  ]);
  expect(heard).toEqual(["'done'"]);
  expect(calls).toMatchObject([{ call: 'execute', toolName: 'do_it', ended: { type: 'returned', value: 'done' } }]);
});
