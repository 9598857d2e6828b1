/** More slips than this and it is another word. */
const MAX_SLIPS = 3;

/** The known word that somebody meant: the one with the fewest slips of the pen, or with the same last part. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, slips: slipsBetween(word, candidate) }));
  ranked.sort((a, b) => a.slips - b.slips);
  const best = ranked[0];
  if (best !== undefined && best.slips <= Math.min(MAX_SLIPS, word.length / 3)) return best.candidate;
  const last = word.split(".").at(-1);
  const sameEnd = known.filter((candidate) => candidate.split(".").at(-1) === last);
  return sameEnd.length === 1 ? sameEnd[0] : undefined;
}

/** Levenshtein's distance: letters to add, drop or change, one row of the table at a time. */
function slipsBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const changed = (above[column] ?? 0) + (letter === other ? 0 : 1);
      line.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above[b.length] ?? Math.max(a.length, b.length);
}
