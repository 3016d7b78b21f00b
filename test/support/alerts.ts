/** What an alert says other than the usual. An empty label is one that is not there. */
export interface AlertParts {
  readonly status?: string;
  readonly startsAt?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An alert as Alertmanager sends it, of the instance `web`. */
export function toAlert({ status = 'firing', startsAt = '2026-11-21T09:58:00Z', labels, annotations }: AlertParts) {
  const all = {
    alertname: 'InstanceDown',
    instance: '10.0.0.7:8080',
    job: 'instance-health',
    resource_kind: 'Instance',
    resource_id: 'web',
    severity: 'critical',
    ...labels,
  };
  return {
    status,
    labels: Object.fromEntries(Object.entries(all).filter(([, text]) => text !== '')),
    annotations: {
      summary: 'Instance web is down',
      description: 'It has not answered for two minutes.',
      ...annotations,
    },
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0',
    fingerprint: '7c1f9e0d3b2a4c5d',
  };
}

/** The body of a webhook, version 4, with all its fields. */
export function toWebhook(alerts: readonly object[]) {
  return {
    receiver: 'homeostat',
    status: 'firing',
    alerts,
    groupLabels: { alertname: 'InstanceDown' },
    commonLabels: { alertname: 'InstanceDown', severity: 'critical' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    version: '4',
    groupKey: '{}:{alertname="InstanceDown"}',
    truncatedAlerts: 0,
  };
}
