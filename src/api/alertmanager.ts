import { codedOrThrow, HomeostatError } from '../domain/failure.ts';
import { toResourcePath } from '../domain/identity.ts';
import { issueLimits, severities, type IssueMessage, type Severity } from '../domain/issue.ts';
import { toIssueType } from '../domain/issue-types.ts';
import { isJsonObject } from '../domain/json.ts';
import { readIssueReport, toIsoTime, type IssueReport, type ReportDefaults } from '../starters/read-issue-report.ts';

/** What a webhook comes to: reports, one a resource and type, and the alerts that are none. */
export interface ReadWebhook {
  /** With how many alerts each was made of. */
  readonly reports: readonly { readonly report: IssueReport; readonly alerts: number }[];
  readonly refused: readonly { readonly alert: string; readonly errors: readonly HomeostatError[] }[];
}

/** Labels with a meaning for us; the others are told as evidence. */
const ourLabels = ['alertname', 'severity', 'resource_kind', 'resource_id', 'tenant', 'issue_type'];
const webhookVersion = '4';
/** What Alertmanager writes for a time that it does not know. */
const noTime = '0001-01-01';

/**
 * Reads the body of an Alertmanager webhook as it is sent. An alert names its resource by the labels `resource_kind` and
 * `resource_id` (`web`, or `Instance/web` alone), its type by `issue_type` or its own name. Throws `INVALID_BODY` or
 * `UNKNOWN_VERSION` when it is no such body; an alert that does not fit is among the refused.
 */
export function readWebhook(body: unknown, defaults: ReportDefaults): ReadWebhook {
  if (!isJsonObject(body) || !Array.isArray(body.alerts)) {
    throw new HomeostatError('INVALID_BODY', {
      path: 'alerts',
      problem: 'expected the body of an Alertmanager webhook: an object with a list of alerts',
      remedy: 'send it from a receiver with webhook_configs, see docs/healing.md',
    });
  }
  if (body.version !== undefined && body.version !== webhookVersion) {
    throw new HomeostatError('UNKNOWN_VERSION', {
      path: 'version',
      problem: `only version ${webhookVersion} of the webhook is read`,
      got: body.version,
      remedy: 'use an Alertmanager that sends it',
    });
  }
  const folded = new Map<string, { report: IssueReport; alerts: number }>();
  const refused: { alert: string; errors: readonly HomeostatError[] }[] = [];
  for (const [index, alert] of (body.alerts as readonly unknown[]).entries()) {
    try {
      const report = readAlert(alert, `alerts[${index}]`, defaults);
      const id = `${toResourcePath(report.resource)}/${report.message.issue.type}`;
      const before = folded.get(id);
      folded.set(
        id,
        before === undefined
          ? { report, alerts: 1 }
          : { report: fold(before.report, report), alerts: before.alerts + 1 },
      );
    } catch (error) {
      refused.push({ alert: nameOf(alert, index), errors: codedOrThrow(error) });
    }
  }
  return { reports: [...folded.values()], refused };
}

function readAlert(alert: unknown, path: string, defaults: ReportDefaults): IssueReport {
  const labels = isJsonObject(alert) ? textsOf(alert.labels) : {};
  if (!isJsonObject(alert) || Object.keys(labels).length === 0) {
    throw new HomeostatError('INVALID_BODY', {
      path,
      problem: 'expected an alert with labels',
      got: alert,
      remedy: 'send alerts as Alertmanager does, with resource_kind and resource_id among the labels',
    });
  }
  const { alertname = '', resource_kind: kind, resource_id: id } = labels;
  if (id === undefined || (kind === undefined && !id.includes('/'))) {
    throw new HomeostatError('MISSING_FIELD', {
      path: `${path}.labels.${id === undefined ? 'resource_id' : 'resource_kind'}`,
      problem: 'does not say which resource it is about',
      remedy: 'label the rule with resource_kind and resource_id, such as Instance and web',
    });
  }
  const resource = id.includes('/') ? id : `${kind}/${id}`;
  if (kind !== undefined && !resource.startsWith(`${kind}/`)) {
    throw new HomeostatError('INVALID_VALUE', {
      path: `${path}.labels.resource_kind`,
      problem: 'is not the kind that resource_id names',
      got: `${kind}, ${id}`,
      remedy: 'name one resource',
    });
  }
  const { summary, description } = textsOf(alert.annotations);
  const words = [...new Set([summary, description])].filter((text) => text !== undefined && text.trim() !== '');
  const others = Object.entries(labels).filter(([label]) => !ourLabels.includes(label));
  return readIssueReport(
    {
      status: alert.status ?? 'firing',
      tenant: labels.tenant ?? defaults.tenant,
      resource,
      type: labels.issue_type ?? toIssueType(alertname),
      severity: toSeverity(labels.severity),
      summary: words.length > 0 ? words.join('\n') : alertname,
      since: toTime(alert.startsAt) ?? defaults.now.toISOString(),
      evidence: [
        ...(typeof alert.generatorURL === 'string' && alert.generatorURL !== '' ? [alert.generatorURL] : []),
        ...(others.length > 0 ? [others.map(([label, text]) => `${label}=${text}`).join(', ')] : []),
      ],
    },
    defaults,
  );
}

/** Two reports of one fault: it is there while one of them says so, as bad as the worst, since the first. */
export function fold(left: IssueReport, right: IssueReport): IssueReport {
  const [first, second] = rankOf(left.message) >= rankOf(right.message) ? [left, right] : [right, left];
  if (first.message.status !== second.message.status) return first;
  const { issue } = first.message;
  const { since, evidence } = second.message.issue;
  return {
    ...first,
    message: {
      ...first.message,
      issue: {
        ...issue,
        since: Date.parse(since) < Date.parse(issue.since) ? since : issue.since,
        // As many as a report may hold; the others say the same of other targets.
        evidence: [...new Set([...issue.evidence, ...evidence])].slice(0, issueLimits.evidence),
      },
    },
  };
}

function rankOf({ status, issue }: IssueMessage): number {
  return (status === 'firing' ? severities.length : 0) + severities.indexOf(issue.severity);
}

/** Whatever words a rule has for it; one we do not know counts as a warning. */
function toSeverity(label: string | undefined): Severity {
  const word = label?.toLowerCase() ?? '';
  if (['page', 'error', 'fatal', 'emergency'].includes(word)) return 'critical';
  return severities.find((severity) => severity === word) ?? 'warning';
}

function toTime(text: unknown): string | undefined {
  return typeof text === 'string' && text.startsWith(noTime) ? undefined : toIsoTime(text);
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function nameOf(alert: unknown, index: number): string {
  const name = isJsonObject(alert) ? textsOf(alert.labels).alertname : undefined;
  return name === undefined ? `alerts[${index}]` : `alerts[${index}] ${name.slice(0, 100)}`;
}
