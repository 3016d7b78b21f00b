/** The package's front door: what the author of an agent writes with. */
export { z } from 'zod';
export { defineAgent, type AgentDefinition } from './agents/define-agent.ts';
export { defineKind } from './agents/define-kind.ts';
export type { Agent, AgentContext } from './agents/agent.ts';
export { createInstanceAgent } from './agents/instance/instance-agent.ts';
export { loadConfig, type ConfigSources, type LoadedConfig } from './config/load-config.ts';
export type { ConfigInput } from './config/config-schema.ts';
export type { Driver } from './drivers/driver.ts';
export { createProcessDriver, type ProcessDriverOptions } from './drivers/process/process-driver.ts';
export type { Condition, LifecycleState } from './domain/actual.ts';
export type { Delta, FieldChange } from './domain/delta.ts';
export { HomeostatError, HomeostatErrors, type FailureCode, type FailureDetails } from './domain/failure.ts';
export type { ResourceKey } from './domain/identity.ts';
export type { Issue } from './domain/issue.ts';
export type { JsonObject, JsonValue } from './domain/json.ts';
export type { CheckPace, IssueFinding } from './domain/issue-check.ts';
export type { AnyKind, IssueCheck, Kind, ObserveContext, ObservedResource } from './domain/kind.ts';
export type { Log } from './domain/log.ts';
export type { Measurement } from './domain/measurement.ts';
export type { ModelChoice } from './domain/model-route.ts';
export {
  absent,
  cannotHappen,
  happened,
  inProgress,
  present,
  unknown,
  unreachable,
  type Observation,
  type Probed,
} from './domain/outcome.ts';
export type { ExecutionPlan, Step, StepDraft } from './domain/plan.ts';
export { RiskLevel } from './domain/risk.ts';
export type { Runbook } from './domain/runbook.ts';
export type { State } from './domain/state.ts';
export type { FinishReason, GenerateRequest, GenerateResult, LanguageModel, TokenUsage } from './llm/language-model.ts';
export type { FaultInput, RuleAnswer, Rules } from './planners/rule-planner.ts';
export type { Planner, PlanRequest } from './planners/planner.ts';
export type { RuntimeHealth } from './runtime/health-server.ts';
export type { CreateModel } from './runtime/model-desk.ts';
export { createRuntime, type RunningRuntime, type Runtime, type RuntimeOptions } from './runtime/runtime.ts';
export type { Logger } from './telemetry/logger.ts';
export { defineTool, type ToolDefinition } from './tools/define-tool.ts';
export type { Referable } from './tools/step-reference.ts';
export type { AnyTool, RiskFacts, Tool, ToolContext, ToolStep } from './tools/tool.ts';
export type { Parameter } from './tools/tool-schema.ts';
