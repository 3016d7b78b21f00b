/** Does something as a user for whom the modes of files count: `nobody` where the tests run as root, else as who they run. */
export async function withoutRoot<Value>(work: () => Promise<Value>): Promise<Value> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid!(65_534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
