/** A file of an operator: what to do about one type of fault. Trusted: planners are given it as it is. */
export interface Runbook {
  /** The file's name without `.md`. */
  readonly name: string;
  readonly title: string;
  /** Type of fault it is for. */
  readonly issue: string;
  /** Kinds it is for; absent: all. */
  readonly kinds?: readonly string[];
  /** Markdown. */
  readonly text: string;
}

/** Those for one type of fault on one kind, in the order of their names. */
export function findRunbooks(runbooks: readonly Runbook[], issue: string, kind: string): readonly Runbook[] {
  return runbooks.filter((runbook) => runbook.issue === issue && (runbook.kinds?.includes(kind) ?? true));
}
