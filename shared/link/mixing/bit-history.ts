/**
 * What one context has seen of one bit, in a byte: how many zeros, how many ones, and which came last, all bounded; or
 * that the context has always been followed by the same byte, and how often. What such a history means is learned
 * (see `context-inputs.ts`); here is only how one leads to the next.
 */

/** A history may have at most `BOUNDS[least]` of the more frequent bit, where `least` counts the other one. */
const BOUNDS = [36, 23, 10, 7, 5];

interface History {
  readonly counts: readonly [zeros: number, ones: number];
  readonly last: number;
}

const HISTORIES = allHistories();
const INDEX = new Map(HISTORIES.map((history, index) => [nameOf(history), index]));

/** Up to which count of the same byte each history of a run goes; the last one takes all above. */
const RUN_STEPS = [1, 2, 3, 4, 5, 6, 8, 11, 15, 23, 31, 63, 99];
const RUN_HISTORIES = 2 * (RUN_STEPS.length + 1);
/** `FIRST_RUN + 2 × step + bit`: the same byte has followed so often, and its bit here is `bit`. */
export const FIRST_RUN = 256 - RUN_HISTORIES;
if (HISTORIES.length > FIRST_RUN) throw new RangeError(`A byte cannot name ${HISTORIES.length} histories beside runs`);

/** Of a history `h`: `NEXT[h]` after a zero, `NEXT[256 + h]` after a one. History 0 has seen nothing; runs stay. */
export const NEXT = Uint8Array.from({ length: 512 }, (_, h) => h & 255);
/** The first estimate that the next bit is a one, 16 bits; what a history really means is learned from it on. */
export const FIRST_ESTIMATE = new Uint16Array(256).fill(1 << 15);
/** The history of a zero in a run of `n`, n = 1 … 255. */
export const RUN_HISTORY = Uint8Array.from({ length: 256 }, (_, n) => FIRST_RUN + 2 * runStep(n));

for (const [index, history] of HISTORIES.entries()) {
  const [zeros, ones] = history.counts;
  NEXT[index] = after(history, 0);
  NEXT[256 + index] = after(history, 1);
  FIRST_ESTIMATE[index] = Math.floor(((2 * ones + 1) * 65535) / (2 * (zeros + ones) + 2));
}
for (let h = FIRST_RUN; h < 256; h += 2) {
  const miss = Math.floor(65535 / (3 * ((h - FIRST_RUN) / 2) + 5));
  FIRST_ESTIMATE[h] = miss;
  FIRST_ESTIMATE[h + 1] = 65535 - miss;
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

function runStep(count: number): number {
  const step = RUN_STEPS.findIndex((most) => count <= most);
  return step === -1 ? RUN_STEPS.length : step;
}

function nameOf({ counts: [zeros, ones], last }: History): string {
  return `${zeros} ${ones} ${last}`;
}
