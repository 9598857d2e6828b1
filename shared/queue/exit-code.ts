/** What a program's exit code means (qmail-command(8)), beside 0: 99 is success of its own kind, the others are refusals for good. */
export const STOP = 99;
const HARD: ReadonlySet<number> = new Set([100, 64, 65, 70, 76, 77, 78, 112]);

/** Everything that is not 0, 99 or hard is tried again. */
export function isHard(code: number): boolean {
  return HARD.has(code);
}
