/** As the first line of `src/cli/main.ts` has them, for what starts it by the path of its file; the floor's workers too. */
export const nodeFlags = ['--max-semi-space-size=8'];
