/** Called in a measured process once it can take work. It ends when asked to, or when whoever measures it is gone. */
export function reportReady(stop: () => void): void {
  process.once('SIGTERM', stop);
  process.once('disconnect', () => process.exit(1));
  process.send?.('ready');
}
