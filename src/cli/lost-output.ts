let isOutlived = false;

/** Whoever reads us may stop reading: `homeostat get | head` is no fault, and ends it. Called once, as the process begins. */
export function endWithOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isOutlived) return;
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** From now on nothing ends for want of a reader or a full disk. Called by commands that do more than print. */
export function outliveOutput(): void {
  if (isOutlived) return;
  isOutlived = true;
  process.stderr.on('error', () => undefined);
}
