import type { Command } from 'commander';

/** A command as the list of commands shows it, and where the rest of it is. */
export interface CommandEntry {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  /** For programs, not for people: not in the list. */
  readonly hidden?: true;
  readonly load: () => Promise<Command>;
}

const running = 'Run:';
const resources = 'Resources:';
const decisions = 'Decisions:';
const insight = 'Look inside:';

/**
 * All commands. Each is loaded only when it is named: `get` must not wait for the Temporal worker that `up` needs, which
 * is why this one file may import dynamically.
 */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'up',
    group: running,
    summary: 'start Temporal, etcd and the runtime on this machine, until Ctrl-C',
    load: async () => (await import('./up.ts')).createUpCommand(),
  },
  {
    name: 'down',
    group: running,
    summary: 'stop what up started, the managed processes too',
    load: async () => (await import('./down.ts')).createDownCommand(),
  },
  {
    name: 'runtime',
    group: running,
    summary: 'run the runtime alone, against servers that run already',
    load: async () => (await import('./runtime.ts')).createRuntimeCommand(),
  },
  {
    name: 'replay',
    group: running,
    summary: 'check that this version can carry on the open runs',
    load: async () => (await import('./replay.ts')).createReplayCommand(),
  },
  {
    name: 'doctor',
    group: running,
    summary: 'check the servers, the runtime and this machine',
    load: async () => (await import('./doctor.ts')).createDoctorCommand(),
  },
  {
    name: 'apply',
    group: resources,
    summary: 'say what is wanted, from files',
    load: async () => (await import('./apply.ts')).createApplyCommand(),
  },
  {
    name: 'delete',
    group: resources,
    summary: 'say that resources are no longer wanted',
    load: async () => (await import('./delete.ts')).createDeleteCommand(),
  },
  {
    name: 'get',
    group: resources,
    summary: 'list resources, or print one',
    load: async () => (await import('./get.ts')).createGetCommand(),
  },
  {
    name: 'describe',
    group: resources,
    summary: 'tell all about one resource: wanted, actual, why, what waits',
    load: async () => (await import('./describe.ts')).createDescribeCommand(),
  },
  {
    name: 'wait',
    group: resources,
    summary: 'wait until resources are as asked for',
    load: async () => (await import('./wait.ts')).createWaitCommand(),
  },
  {
    name: 'plan',
    group: resources,
    summary: 'show what would be done, and do nothing',
    load: async () => (await import('./plan.ts')).createPlanCommand(),
  },
  {
    name: 'logs',
    group: resources,
    summary: 'print what an instance wrote',
    load: async () => (await import('./logs.ts')).createLogsCommand(),
  },
  {
    name: 'heal',
    group: decisions,
    summary: 'report a fault, to have it looked into and repaired',
    load: async () => (await import('./heal.ts')).createHealCommand(),
  },
  {
    name: 'approvals',
    group: decisions,
    summary: 'list the plans that wait for a person',
    load: async () => (await import('./approvals.ts')).createApprovalsCommand(),
  },
  {
    name: 'approve',
    group: decisions,
    summary: 'show a waiting plan and let it run',
    load: async () => (await import('./approve.ts')).createApproveCommand(),
  },
  {
    name: 'reject',
    group: decisions,
    summary: 'refuse a waiting plan',
    load: async () => (await import('./reject.ts')).createRejectCommand(),
  },
  {
    name: 'retry',
    group: decisions,
    summary: 'try again now, forgetting refusals and back-off',
    load: async () => (await import('./retry.ts')).createRetryCommand(),
  },
  {
    name: 'pause',
    group: decisions,
    summary: 'start nothing on a resource, or in a wider scope, until it is resumed',
    load: async () => (await import('./pause.ts')).createPauseCommand(),
  },
  {
    name: 'resume',
    group: decisions,
    summary: 'end a pause',
    load: async () => (await import('./resume.ts')).createResumeCommand(),
  },
  {
    name: 'resolve',
    group: decisions,
    summary: 'say what became of an effect that nobody can prove',
    load: async () => (await import('./resolve.ts')).createResolveCommand(),
  },
  {
    name: 'incidents',
    group: insight,
    summary: 'list the faults that are being repaired, and what became of others',
    load: async () => (await import('./incidents.ts')).createIncidentsCommand(),
  },
  {
    name: 'agents',
    group: insight,
    summary: 'list the agents, and the kinds they keep',
    load: async () => (await import('./agents.ts')).createAgentsCommand(),
  },
  {
    name: 'tools',
    group: insight,
    summary: 'list the tools of the agents, with their risk',
    load: async () => (await import('./tools.ts')).createToolsCommand(),
  },
  {
    name: 'audit',
    group: insight,
    summary: 'print the audit chain of a resource, and verify it',
    load: async () => (await import('./audit.ts')).createAuditCommand(),
  },
  {
    name: 'models',
    group: insight,
    summary: 'list the language models that may be asked, and what they cost today',
    load: async () => (await import('./models.ts')).createModelsCommand(),
  },
  {
    name: 'transcript',
    group: insight,
    summary: 'print what was said between the runtime and a model',
    load: async () => (await import('./transcript.ts')).createTranscriptCommand(),
  },
  {
    name: 'config',
    group: insight,
    summary: 'print the settings in force, and where each came from',
    load: async () => (await import('./config.ts')).createConfigCommand(),
  },
  {
    name: 'completion',
    group: insight,
    summary: 'print a script that lets a shell complete commands and names',
    load: async () => (await import('./completion.ts')).createCompletionCommand(),
  },
  {
    name: '__complete',
    group: insight,
    summary: 'answer the shell what may stand where the cursor is',
    hidden: true,
    load: async () => (await import('./complete.ts')).createCompleteCommand(),
  },
  {
    name: 'version',
    group: insight,
    summary: 'print the version',
    load: async () => (await import('./version.ts')).createVersionCommand(),
  },
];
