import { touches } from '../../domain/delta.ts';
import type { StepDraft } from '../../domain/plan.ts';
import type { State } from '../../domain/state.ts';
import type { Rules } from '../../planners/rule-planner.ts';
import { toSettings, type InstanceSpec, type InstanceStatus } from './instance-kind.ts';
import type { InstanceTools } from './instance-tools.ts';

/** What takes hold only when the process is started again. */
const needsRestart = ['command', 'env', 'ports', 'files'] as const;

/** The Instance agent's rules: what to do about each delta it can meet. */
export function createInstanceRules(tools: InstanceTools): Rules<InstanceSpec, InstanceStatus> {
  const provision = ({ resource, spec }: State<InstanceSpec>, replace: boolean): StepDraft =>
    tools.provisionInstance.step(
      { driver: 'process', ...toSettings(spec), start: spec.desiredState === 'running', replace },
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

  return {
    create: ({ desired }) => ({
      steps: [provision(desired, false), ...waitForReady(desired)],
      reasoning: `${desired.resource.name} is wanted, and absent`,
    }),
    delete: ({ actual }) => ({
      steps: [tools.terminateInstance.step({ driver: 'process' }, `remove ${actual.resource.name} with all it has`)],
      reasoning: `${actual.resource.name} is not wanted any more`,
    }),
    update({ desired, actual, delta }) {
      const { name } = desired.resource;
      const fields = delta.changes.map((change) => change.path).join(', ');
      if (touches(delta, 'image')) {
        return {
          steps: [provision(desired, true), ...waitForReady(desired)],
          reasoning: `the image of ${name} is another one`,
        };
      }
      const wantsRunning = desired.spec.desiredState === 'running';
      const runs = actual.status?.state === 'running';
      const reconfigured = touches(delta, ...needsRestart, 'type');
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
      if (wantsRunning && runs && (touches(delta, ...needsRestart) || touches(delta, 'ready'))) {
        steps.push(tools.restartInstance.step({ driver: 'process' }, `restart ${name}`));
      }
      if (wantsRunning) steps.push(...waitForReady(desired));
      return steps.length === 0 ? undefined : { steps, reasoning: `${name} differs in ${fields}` };
    },
  };
}
