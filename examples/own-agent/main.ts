import { mkdirSync } from 'node:fs';
import { createRuntime } from 'homeostat';
import { createFileAgent } from './file-agent.ts';

const root = process.argv[2] ?? '.homeostat/files';
mkdirSync(root, { recursive: true });

const files = createFileAgent(root);
await createRuntime({ agents: [files] }).run();
