/**
 * `npm run test:live`: the contract of language models, and an instance's life planned by them, against every provider
 * that is configured.
 */
import { loadConfig } from '../src/config/load-config.ts';
import { describeThrown } from '../src/domain/failure.ts';
import { toRouterSettings } from '../src/runtime/router-settings.ts';
import { findPrograms } from './tools/find-programs.ts';
import { resolveProgram, runNode } from './tools/run-node.ts';

async function main(): Promise<number> {
  const { configured } = toRouterSettings(loadConfig().models);
  if (configured.size === 0) {
    console.error(
      'MODEL_MISCONFIGURED models: no provider is configured — set ANTHROPIC_API_KEY, OPENAI_API_KEY or OLLAMA_HOST',
    );
    return 1;
  }
  console.log(`asking real models of: ${[...configured].join(', ')}`);
  const vitest = await resolveProgram('vitest', 'vitest');
  const argv = ['run', '--config', 'vitest.live.config.ts', '--reporter=verbose', ...process.argv.slice(2)];
  const environment = { ...process.env, ...(await findPrograms()) };
  const { code } = await runNode([vitest, ...argv], { environment, isShown: true });
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(describeThrown(error));
  process.exitCode = 1;
}
