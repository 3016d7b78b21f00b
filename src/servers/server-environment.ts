/**
 * Our environment without the settings the servers would read from it: ETCD_* fights with our flags, and TEMPORAL_* would
 * send the set-up of our local server to a cluster of the user's. PATH, HOME, locale and the like are passed on.
 * Temporal does not start for a user that has no name anywhere, as in a container.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([key]) => !/^(?:ETCD|ETCDCTL|TEMPORAL)_/.test(key));
  return { USER: `uid-${process.getuid?.() ?? 0}`, ...Object.fromEntries(entries) };
}
