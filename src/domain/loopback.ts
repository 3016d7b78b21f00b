const hosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether the host of an address, as `URL` spells it, is this machine itself: nothing that is sent there leaves it. */
export function isLoopback(hostname: string): boolean {
  return hosts.has(hostname);
}
