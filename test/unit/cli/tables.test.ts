import { describe, expect, test } from 'vitest';
import { renderAgents } from '../../../src/cli/agents.ts';
import { renderApprovals } from '../../../src/cli/approvals.ts';
import { renderResources } from '../../../src/cli/resource-rows.ts';
import { format } from '../../../src/cli/print.ts';
import { renderTools } from '../../../src/cli/tools.ts';
import type { PublishedAgent } from '../../../src/domain/published.ts';
import type { ShownResource, ShownStatus } from '../../../src/starters/shown-resource.ts';
import { sealedRequest } from '../starters/sealed-requests.ts';

const shown = (name: string, status: ShownStatus, tenant = 'default'): ShownResource => ({
  apiVersion: 'homeostat/v1',
  kind: 'Instance',
  metadata: { name, tenant },
  spec: {},
  status,
});
const condition = (type: string, reason: string, message = '') => ({ type, status: 'True', reason, message }) as const;

describe('tables', () => {
  test('of resources say where each is, and why', () => {
    const table = renderResources(
      [
        shown('api', {
          state: 'Running',
          conditions: [condition('Ready', 'Converged'), condition('LimitsNotEnforced', 'NoCgroup')],
        }),
        shown('cache', { state: 'Running', drifted: true, conditions: [] }),
        shown('db', { state: 'Pending' }),
        shown('queue', {
          state: 'Error',
          conditions: [condition('Blocked', 'PORT_TAKEN', 'PORT_TAKEN spec.ports[0]: 80 is taken')],
        }),
        shown('web', {
          state: 'Running',
          conditions: [condition('AwaitingApproval', 'Dangerous', 'terminate_instance')],
        }),
        shown('wild', {
          state: 'Error',
          conditions: [condition('Blocked', 'TOOL_FAILED', `x\u001b[2J${'y'.repeat(200)}`)],
        }),
      ],
      false,
    );
    expect(table).toBe(`RESOURCE        STATE    NOTE
Instance/api    Running  LimitsNotEnforced
Instance/cache  Running  drifted
Instance/db     Pending
Instance/queue  Error    Blocked: PORT_TAKEN spec.ports[0]: 80 is taken
Instance/web    Running  waits for approval
Instance/wild   Error    Blocked: TOOL_FAILED x\\u{1b}[2J${'y'.repeat(53)}…
`);
  });

  test('of all tenants name the tenant', () => {
    const table = renderResources([shown('a', { state: 'Pending' }, 'blue'), shown('a', { state: 'Pending' })], true);
    expect(table).toBe(
      'TENANT   RESOURCE    STATE    NOTE\nblue     Instance/a  Pending\ndefault  Instance/a  Pending\n',
    );
  });

  test('of approvals show the risk, what would run and why it waits', () => {
    const resource = { tenant: 'default', kind: 'Database', name: 'main' };
    const request = sealedRequest(resource);
    const decided = {
      ...request,
      state: 'rejected',
      decision: {
        verdict: 'rejected',
        seal: request.seal,
        approver: 'unverified:ann',
        decidedAt: '2030-01-01T00:00:00.000Z',
      },
    } as const;
    const short = request.seal.slice(0, 12);
    expect(renderApprovals([request, decided], Date.parse('2030-01-01T22:58:30Z'))).toBe(
      `RESOURCE       TENANT   RISK       STEPS          SEAL          STATE                        WHY
Database/main  default  dangerous  drop_database  ${short}  waits, expires in 1 h 1 min  drop_database is dangerous here
Database/main  default  dangerous  drop_database  ${short}  rejected by unverified:ann   drop_database is dangerous here
`,
    );
  });

  const agent: PublishedAgent = {
    name: 'files',
    purpose: 'Keeps files as asked',
    kinds: ['File'],
    tools: [
      {
        name: 'write_file',
        description: 'Write a whole file',
        riskLevel: 'moderate',
        effect: 'write',
        parameters: [
          { name: 'path', type: 'string', description: '', required: true },
          { name: 'mode', type: 'integer', description: '', required: false },
        ],
      },
    ],
  };

  test('of agents and their tools', () => {
    expect(renderAgents([agent])).toBe('AGENT  KINDS  TOOLS  PURPOSE\nfiles  File   1      Keeps files as asked\n');
    expect(renderTools(agent.tools.map((tool) => ({ agent: agent.name, ...tool })))).toBe(
      `TOOL        AGENT  RISK      EFFECT  PARAMETERS   DESCRIPTION
write_file  files  moderate  write   path, mode?  Write a whole file
`,
    );
  });
});

describe('formats', () => {
  const value = { items: [{ text: `a ${'long '.repeat(40)}line`, again: [1], once: [1] }] };
  test('JSON and YAML hold the value, whole', () => {
    expect(JSON.parse(format('json', value, () => 'x'))).toEqual(value);
    expect(format('yaml', value, () => 'x')).toBe(`items:
  - text: a ${'long '.repeat(40)}line
    again:
      - 1
    once:
      - 1
`);
    expect(format('table', value, () => 'x')).toBe('x');
  });
});
