import type { ResourceKey } from './identity.ts';
import type { Severity } from './issue.ts';

/** Of what people are told without having asked. */
export const notificationEvents = [
  'incident-escalated',
  'incident-resolved',
  'approval-pending',
  'moderate-step',
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

/** What people are told, wherever it is sent. */
export interface Notification {
  readonly event: NotificationEvent;
  /** One line. */
  readonly title: string;
  /** Markdown; may quote what agents, alerts and models said. */
  readonly text: string;
  readonly severity: Severity;
  readonly resource: ResourceKey;
  /** Where to look on: the run in the Temporal UI, a runbook. */
  readonly links: readonly { readonly title: string; readonly url: string }[];
}
