/**
 * What one context has seen of one bit, in a byte: how many zeros, how many ones, and which came last, all bounded.
 * What such a history means is learned (see `inputs.ts`); here is only how one leads to the next.
 */

/** A history may have at most `BOUNDS[least]` of the more frequent bit, where `least` counts the other one. */
const BOUNDS = [40, 24, 10, 7, 6, 6];

interface History {
  readonly counts: readonly [zeros: number, ones: number];
  readonly last: number;
}

const HISTORIES = allHistories();
const INDEX = new Map(HISTORIES.map((history, index) => [nameOf(history), index]));

/** Of a history `h`: `NEXT[h]` after a zero, `NEXT[256 + h]` after a one. History 0 has seen nothing. */
export const NEXT = new Uint8Array(512);
/** The first estimate that the next bit is a one, 16 bits; what a history really means is learned from it on. */
export const FIRST_ESTIMATE = new Uint16Array(256).fill(1 << 15);

for (const [index, history] of HISTORIES.entries()) {
  const [zeros, ones] = history.counts;
  NEXT[index] = after(history, 0);
  NEXT[256 + index] = after(history, 1);
  FIRST_ESTIMATE[index] = Math.floor(((4 * ones + 2) * 65535) / (4 * (zeros + ones) + 4));
}

/** In order of how much was seen: a smaller number is the one to give up when room is needed. */
function allHistories(): History[] {
  const all: History[] = [];
  const most = Math.max(...BOUNDS);
  for (let zeros = 0; zeros <= most; zeros++)
    for (let ones = 0; ones <= most; ones++) {
      if (!allowed(zeros, ones)) continue;
      const lasts = zeros === 0 ? [1] : ones === 0 ? [0] : [0, 1];
      for (const last of zeros + ones === 0 ? [0] : lasts) all.push({ counts: [zeros, ones], last });
    }
  return all.sort((a, b) => a.counts[0] + a.counts[1] - b.counts[0] - b.counts[1]);
}

function allowed(zeros: number, ones: number): boolean {
  return Math.max(zeros, ones) <= (BOUNDS[Math.min(zeros, ones)] ?? 0);
}

/** A bit that contradicts what was seen makes most of it forgotten: mail changes its subject abruptly. */
function after({ counts }: History, bit: 0 | 1): number {
  let seen = counts[bit] + 1;
  let other = counts[1 - bit] ?? 0;
  if (other > 2) other = forget(other);
  const name = (): string => nameOf({ counts: bit === 0 ? [seen, other] : [other, seen], last: bit });
  while (!INDEX.has(name())) {
    if (seen > (BOUNDS[Math.min(other, BOUNDS.length - 1)] ?? 0)) seen--;
    else other--;
  }
  return INDEX.get(name()) ?? 0;
}

function forget(count: number): number {
  return count < 5 ? count - 1 : count < 10 ? 4 : count < 20 ? 5 : 6;
}

function nameOf({ counts: [zeros, ones], last }: History): string {
  return `${zeros} ${ones} ${last}`;
}
