import type { Scenario } from '../scenario.ts';
import { beyondRestart } from './beyond-restart.ts';
import { controls } from './controls.ts';
import { restartable } from './restartable.ts';

/** The whole table. */
export const scenarios: readonly Scenario[] = [...restartable, ...beyondRestart, ...controls];
