/** The package's front door for tests: what the author of an agent proves it with, in any test runner. */
export { conformance, type ConformanceOptions } from './testing/conformance.ts';
export { createScriptedModel, type Script, type ScriptedAnswer, type ScriptedModel } from './llm/scripted-model.ts';
export { conformanceChecks, type CheckResult, type ConformanceCheck } from './testing/checks.ts';
export { ConformanceError, type ConformanceReport } from './testing/report.ts';
