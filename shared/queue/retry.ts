/**
 * When a deferred entry is tried again: a pure function of its birth and now, as qmail-send had it
 * (facts: next = birth + (floor(sqrt(now - birth)) + c)²), so nothing about attempts is stored and a
 * restart forgets nothing. Seconds throughout.
 */

/** First retry after 10² = 100 s: for what this machine itself can mend (a full disk, a mailbox in trouble). */
export const LOCAL_STEP = 10;
/** First retry after 20² = 400 s, then 1,600, 3,600, …: for other hosts. */
export const REMOTE_STEP = 20;
/** However old an entry is, it is tried once a day at least. */
const LONGEST_GAP = 24 * 3600;

export function nextRetry(born: number, now: number, step: number = REMOTE_STEP): number {
  const age = Math.max(0, now - born);
  const next = born + (Math.floor(Math.sqrt(age)) + step) ** 2;
  // A birth in the future (a clock that went back) must not postpone the entry for years.
  return Math.min(Math.max(next, now + 1), now + LONGEST_GAP);
}

/**
 * No qrelay was built before this moment, so a clock that shows an earlier one is wrong
 * (a laptop whose battery died starts in 1970).
 */
export const CLOCK_FLOOR = Date.UTC(2026, 0, 1) / 1000;

/**
 * The age of an entry in seconds by which it may expire or be reported late; 0 when the clock, now or at
 * its birth, cannot be believed: nothing expires because a clock was wrong.
 */
export function believableAge(born: number, now: number): number {
  if (now < CLOCK_FLOOR || born < CLOCK_FLOOR || born > now) return 0;
  return now - born;
}
