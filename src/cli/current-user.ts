import { userInfo } from 'node:os';

/** Who is at the command line, where `--as` does not say: the user's name, or the number of one that has none, as in a container. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
