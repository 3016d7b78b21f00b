import { createContext, isolatedTool } from './isolated-bench.ts';

/** A process that calls a tool which spins, to be killed meanwhile. Run: `isolated-caller.ts <file for the pids>`. */
await isolatedTool.execute(createContext(), { work: 'spin-with-program', text: process.argv[2]! });
