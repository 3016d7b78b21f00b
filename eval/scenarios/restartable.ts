import type { Fault } from '../scenario.ts';

const soon = [0.5, 3] as const;
const web = [{ role: 'web' }] as const;
const shop = [{ role: 'web', asks: 'db' }, { role: 'db' }] as const;
const common = { type: 'fault', restartWouldDo: true } as const;

/** Faults that are over once the right process is ended and started. */
export const restartable: readonly Fault[] = [
  {
    ...common,
    id: 'killed',
    what: 'the process is killed; nobody reports it',
    services: web,
    put: [{ do: 'signal', to: 'web', signal: 'SIGKILL' }],
    alerts: [],
    located: [{ role: 'web', says: 'state|exit|ended|start' }],
  },
  {
    ...common,
    id: 'terminated',
    what: 'somebody ends the process with SIGTERM; an alert comes',
    services: web,
    put: [{ do: 'signal', to: 'web', signal: 'SIGTERM' }],
    alerts: [{ names: 'web', alertname: 'InstanceDown', after: soon }],
    located: [{ role: 'web', says: 'state|exit|ended|start' }],
  },
  {
    ...common,
    id: 'hung',
    what: 'the process is frozen with SIGSTOP; an alert comes',
    services: web,
    put: [{ do: 'signal', to: 'web', signal: 'SIGSTOP' }],
    alerts: [{ names: 'web', alertname: 'InstanceDown', after: soon }],
    located: [{ role: 'web', says: 'ready|health|answer|timed? ?out' }],
  },
  {
    ...common,
    id: 'hung-unseen',
    what: 'the process is frozen with SIGSTOP; nobody reports it',
    services: web,
    put: [{ do: 'signal', to: 'web', signal: 'SIGSTOP' }],
    alerts: [],
    located: [{ role: 'web', says: 'ready|health|answer|timed? ?out' }],
  },
  {
    ...common,
    id: 'spinning',
    what: 'a report without an end takes the processor, and nothing else gets a turn',
    services: web,
    put: [{ do: 'request', to: 'web', path: '/report' }],
    alerts: [{ names: 'web', alertname: 'HighCpu', after: soon }],
    located: [{ role: 'web', says: 'ready|health|cpu|processor' }],
  },
  {
    ...common,
    id: 'leaking',
    what: 'a cache that forgets nothing grows to nine tenths of the memory it may have',
    services: [{ role: 'web', type: 'nano' }],
    put: [{ do: 'request', to: 'web', path: '/remember?megabytes=16', times: 12 }],
    alerts: [{ names: 'web', alertname: 'HighMemory', after: soon }],
    located: [{ role: 'web', says: 'memory|rss' }],
    maximumMegabytes: 150,
  },
  {
    ...common,
    id: 'drained',
    what: 'the process was told to take no more requests, and nobody told it to go on',
    services: web,
    put: [{ do: 'request', to: 'web', path: '/drain' }],
    alerts: [{ names: 'web', alertname: 'ConnectionRefused', after: soon }],
    located: [{ role: 'web', says: 'ready|health|refused' }],
  },
  {
    ...common,
    id: 'dependency-killed',
    what: 'the dependency is killed; the alert names who asks it',
    services: shop,
    put: [{ do: 'signal', to: 'db', signal: 'SIGKILL' }],
    alerts: [{ names: 'web', alertname: 'InstanceDown', after: soon }],
    located: [{ role: 'db', says: 'state|exit|ended|start' }],
  },
  {
    ...common,
    id: 'dependency-hung',
    what: 'the dependency is frozen; the alert names who asks it',
    services: shop,
    put: [{ do: 'signal', to: 'db', signal: 'SIGSTOP' }],
    alerts: [{ names: 'web', alertname: 'InstanceDown', after: soon }],
    located: [{ role: 'db', says: 'ready|health|answer|timed? ?out' }],
  },
  {
    ...common,
    id: 'dependency-hung-deep-check',
    what: 'the dependency is frozen, and the health check of who asks it fails with it; the alert names who asks',
    services: [{ role: 'web', asks: 'db', config: { checksDeeply: true } }, { role: 'db' }],
    put: [{ do: 'signal', to: 'db', signal: 'SIGSTOP' }],
    alerts: [{ names: 'web', alertname: 'InstanceDown', after: soon }],
    located: [{ role: 'db', says: 'ready|health|answer|timed? ?out' }],
  },
  {
    ...common,
    id: 'port-taken',
    what: 'the process is killed, and a stranger has its port for a while',
    services: web,
    put: [
      { do: 'signal', to: 'web', signal: 'SIGKILL' },
      { do: 'stranger-on-port', to: 'web', for: [8, 15] },
    ],
    alerts: [{ names: 'web', alertname: 'InstanceDown', after: soon }],
    located: [{ role: 'web', says: 'port' }],
    within: 100,
  },
];
