/**
 * What may be found in evidence, and taken for a cause. A closed list: these words, and nothing that a log says, go on
 * from the model that reads evidence to the one that plans.
 */
export const findings = {
  process_gone: 'its process is gone',
  crash_loop: 'it starts and ends again and again',
  not_answering: 'it runs and does not answer',
  slow: 'it answers slowly',
  wrong_configuration: 'its configuration is wrong',
  missing_file: 'a file it needs is not there',
  permission_denied: 'it may not read or write what it must',
  port_taken: 'another program has its port',
  disk_full: 'there is no space left where it writes',
  out_of_memory: 'it has too little memory, or uses ever more',
  busy_processor: 'it uses all the processor time it gets',
  too_many_connections: 'it has no connections left',
  dependency_down: 'something it depends on does not answer',
  name_not_resolved: 'a name it asks for is not known',
  network_unreachable: 'the network does not carry it there',
  certificate_invalid: 'a certificate has expired or does not fit',
  credentials_refused: 'what it logs in with is refused',
  data_damaged: 'its data cannot be read',
  replica_behind: 'a replica is behind, or has stopped following',
  changed_by_hand: 'somebody changed it behind our back',
  bad_release: 'it fails since it was changed',
} as const;

export type Finding = keyof typeof findings;
export type Cause = Finding | 'unknown';
