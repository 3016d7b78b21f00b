import { join } from 'node:path';
import type { LoadedConfig } from '../config/load-config.ts';
import { createTranscriptFolder } from '../state/transcript-folder.ts';
import { createTranscripts, type Transcripts } from '../state/transcripts.ts';

/** The folder that the configuration says, of this host alone. */
export function transcriptFolderOf({ dataDir, models }: Pick<LoadedConfig, 'dataDir' | 'models'>): string {
  return models.transcripts.folder ?? join(dataDir, 'transcripts');
}

/** What was said with models, as the configuration says where and with which key. */
export function openTranscripts(config: Pick<LoadedConfig, 'dataDir' | 'models'>): Transcripts {
  return createTranscripts(createTranscriptFolder(transcriptFolderOf(config)), config.models.transcripts.key);
}
