import { touches } from '../../domain/delta.ts';
import type { StepDraft } from '../../domain/plan.ts';
import type { State } from '../../domain/state.ts';
import type { FaultInput, RuleAnswer, Rules } from '../../planners/rule-planner.ts';
import { toSettings, type InstanceSpec, type InstanceStatus } from './instance-kind.ts';
import type { InstanceTools } from './instance-tools.ts';

type UpdateInput = Omit<FaultInput<InstanceSpec, InstanceStatus>, 'issue' | 'runbooks'>;

/** What takes hold only when the process is started again. */
const needsRestart = ['command', 'env', 'ports', 'files'] as const;

/** The Instance agent's rules: what to do about each delta it can meet. */
export function createInstanceRules(tools: InstanceTools): Rules<InstanceSpec, InstanceStatus> {
  const provision = ({ resource, spec }: State<InstanceSpec>, replace: boolean, image = spec.image): StepDraft =>
    tools.provisionInstance.step(
      { driver: 'process', ...toSettings(spec), image, start: spec.desiredState === 'running', replace },
      `${replace ? 'replace' : 'create'} ${resource.name} from ${spec.image}`,
    );
  const waitForReady = ({ resource, spec }: State<InstanceSpec>): StepDraft[] =>
    spec.desiredState === 'stopped'
      ? []
      : [
          tools.waitForReady.step(
            {
              driver: 'process',
              timeoutSeconds: 30,
              ...(spec.healthCheck === undefined ? {} : { healthCheck: spec.healthCheck }),
            },
            `wait until ${resource.name} is ready`,
          ),
        ];

  const restart = ({ resource }: State<InstanceSpec>): StepDraft =>
    tools.restartInstance.step({ driver: 'process' }, `restart ${resource.name}`);

  const bringTo = ({ desired, actual, delta }: UpdateInput): { steps: StepDraft[]; reasoning: string } => {
    const { name } = desired.resource;
    const { state, notInForce = [] } = actual.status ?? {};
    const changed = delta.changes.flatMap(({ path }) => (path === 'notInForce' ? notInForce : [path]));
    const fields = [...new Set(changed)].join(', ');
    if (touches(delta, 'image')) {
      return {
        // Pinned to what was found: who says yes says it to that content, and to no other that comes after.
        steps: [provision(desired, true, actual.status?.imageFound), ...waitForReady(desired)],
        reasoning: `the image of ${name} is another one`,
      };
    }
    const wantsRunning = desired.spec.desiredState === 'running';
    const runs = state === 'running';
    const reconfigured = touches(delta, ...needsRestart, 'scratch', 'type', 'notInForce');
    const steps: StepDraft[] = [];
    if (reconfigured) {
      steps.push(
        tools.configureInstance.step(
          { driver: 'process', ...toSettings(desired.spec) },
          `put ${fields} of ${name} in place`,
        ),
      );
    }
    // `stopped` and `exited` are the same to one who wants it stopped, except on record.
    if (!wantsRunning && (runs || touches(delta, 'state')))
      steps.push(tools.stopInstance.step({ driver: 'process' }, `stop ${name}`));
    if (wantsRunning && !runs) steps.push(tools.startInstance.step({ driver: 'process' }, `start ${name}`));
    // Of what else is not in force it has what is wanted, or the delta would say so.
    const hasOldFiles = notInForce.includes('files');
    // By a program that is not wanted any more nothing is said of it: `wait_for_ready` asks the one that is.
    const isDown = touches(delta, 'ready') && !touches(delta, 'healthCheck');
    if (wantsRunning && runs && (touches(delta, ...needsRestart) || hasOldFiles || isDown))
      steps.push(restart(desired));
    if (wantsRunning) steps.push(...waitForReady(desired));
    return { steps, reasoning: `${name} differs in ${fields}` };
  };

  /** What uses up a processor or memory is started again; a thing that also differs is brought to what is desired. */
  const startAfresh = ({ desired, delta, issue }: FaultInput<InstanceSpec, InstanceStatus>): RuleAnswer => {
    if (delta.type !== 'none' || desired.spec.desiredState === 'stopped') return undefined;
    const { name } = desired.resource;
    return {
      steps: [restart(desired), ...waitForReady(desired)],
      reasoning: `${name} is as desired, and still has ${issue.type}`,
    };
  };

  return {
    create: ({ desired }) => ({
      steps: [provision(desired, false), ...waitForReady(desired)],
      reasoning: `${desired.resource.name} is wanted, and absent`,
    }),
    delete: ({ actual }) => ({
      steps: [tools.terminateInstance.step({ driver: 'process' }, `remove ${actual.resource.name} with all it has`)],
      reasoning: `${actual.resource.name} is not wanted any more`,
    }),
    update(input) {
      const plan = bringTo(input);
      return plan.steps.length === 0 ? undefined : plan;
    },
    heal: {
      high_cpu: startAfresh,
      high_memory: startAfresh,
      disk_full({ desired, actual, delta }) {
        const { name } = desired.resource;
        const clear = tools.clearInstanceSpace.step({ driver: 'process' }, `free disk space of ${name}`);
        const rest = delta.type === 'update' ? bringTo({ desired, actual, delta }).steps : [];
        return { steps: [clear, ...rest], reasoning: `the disk of ${name} is full` };
      },
    },
  };
}
