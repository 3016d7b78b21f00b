import { join } from 'node:path';
import type { LoadedConfig } from '../config/load-config.ts';
import { createTranscriptFolder } from '../state/transcript-folder.ts';
import { createTranscripts, type Transcripts } from '../state/transcripts.ts';

/** What was said with models, as the configuration says where and with which key. */
export function openTranscripts({ dataDir, models }: Pick<LoadedConfig, 'dataDir' | 'models'>): Transcripts {
  const { folder = join(dataDir, 'transcripts'), key } = models.transcripts;
  return createTranscripts(createTranscriptFolder(folder), key);
}
