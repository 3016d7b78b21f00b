import { Command } from 'commander';
import { HomeostatError } from '../domain/failure.ts';
import { showResource } from '../domain/identity.ts';
import type { Transcript } from '../domain/transcript.ts';
import { openTranscripts, transcriptFolderOf } from '../runtime/open-transcripts.ts';
import { withContext, type CommandContext } from './command-context.ts';
import { chooseCall, listCalls, type ChosenCall, type RecordedCall } from './model-calls.ts';
import { wholeNumber } from './option-values.ts';
import { print } from './print.ts';
import { renderCalls, renderTranscript } from './render-transcript.ts';
import { resolveResource } from './resource-argument.ts';

/** `homeostat transcript`: when models were asked about a resource, and all that was said at one of these times. */
export function createTranscriptCommand(): Command {
  return new Command('transcript')
    .description(
      'List when models were asked about a resource, from its audit trail, and print one of these exchanges in full: the newest in which a model answered, unless another is named. Exchanges are kept on the host that asked, without secrets.',
    )
    .argument('<resource>', 'Kind/name')
    .option(
      '--call <number>',
      'the exchange with this number in the list',
      wholeNumber('expected a number of the list'),
    )
    .option('--digest <digest>', 'the exchange with this digest, or one that begins so')
    .addHelpText(
      'after',
      '\nExample:\n  $ homeostat transcript Instance/web\n  $ homeostat transcript Instance/web --call 12\n  $ homeostat transcript Instance/web --digest 5f0c2d --output json',
    )
    .action(async (name: string, chosen: ChosenCall, command: Command) => {
      await withContext(command, async (context) => {
        const { read, output, tenant } = context;
        const resource = await resolveResource(name, tenant, read);
        const calls = listCalls(await read.audit(resource));
        if (calls.length === 0 && chosen.call === undefined && chosen.digest === undefined) {
          print(output, { calls }, () => `No model was asked about ${showResource(resource)}.\n`);
          return;
        }
        const call = chooseCall(resource, calls, chosen);
        const transcript = await readTranscript(context, call).catch((error: unknown) => {
          // What is on record is told in any case.
          print(output, { calls }, () => renderCalls(calls));
          throw error;
        });
        print(output, { calls, transcript }, () => `${renderCalls(calls)}\n${renderTranscript(call, transcript)}`);
      });
    });
}

async function readTranscript(
  { config, tenant }: CommandContext,
  { call, calls, transcript }: RecordedCall,
): Promise<Transcript> {
  if (calls === 0) {
    throw new HomeostatError('NOT_FOUND', {
      path: `call ${call}`,
      problem: 'nothing was said: the provider gave no answer',
      remedy: 'its OUTCOME says why',
    });
  }
  if (transcript === undefined) {
    throw new HomeostatError('NOT_FOUND', {
      path: `call ${call}`,
      problem: 'what was said could not be kept',
      remedy: "the runtime's log says why",
    });
  }
  const found = await openTranscripts(config).get(tenant, transcript);
  if (found !== undefined) return found;
  throw new HomeostatError('NOT_FOUND', {
    path: `call ${call}`,
    problem: `transcript ${transcript} is not in ${transcriptFolderOf(config)}: it is kept on the host that asked, and not for ever`,
    remedy: 'look there, or set models.transcripts.folder to where it is (models.transcripts.keepFor says how long)',
  });
}
