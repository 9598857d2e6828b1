import { mixed } from "./hash.ts";
import type { MailReader } from "./mail-reader.ts";
import type { Match } from "./match.ts";

/** What each of the hashed contexts looks at, recomputed once a byte. Chosen by leaving out and adding on real mail. */
export const CONTEXTS = 10;

/** Further than this, the place in a line says nothing. */
const COLUMNS = 3;
/** As long as a match gets for its context. */
const LONGEST_MATCH = 32;

export function hashContexts(mail: MailReader, match: Match, hashes: Int32Array): void {
  const { last4, before4, word, field } = mail;
  const last = last4 & 0xff;
  const column = mail.column < COLUMNS ? mail.column : COLUMNS;
  const { length } = match;
  const long = length < LONGEST_MATCH ? length : LONGEST_MATCH;
  const expected = length === 0 ? 0 : (match.expected + 1) | (long << 9);
  // The last 1, 3, 4 and 6 bytes
  hashes[0] = mixed(1, last, 0);
  hashes[1] = mixed(2, last4 & 0xffffff, 0);
  hashes[2] = mixed(3, last4, 0);
  hashes[3] = mixed(4, last4, before4 & 0xffff);
  // The word so far; with the two words before it
  hashes[4] = mixed(5, word, last);
  hashes[5] = mixed(6, word ^ Math.imul(mail.wordBefore, 0x9e3779b1), mail.wordBeforeThat ^ (last << 8));
  // The header field; with the last two bytes; with the shape of what stands there: dates, ids, addresses
  hashes[6] = mixed(7, field, mail.opaque ? 1 : 0);
  // What is opaque cannot be foreseen; where its line ends can
  hashes[7] = mail.opaque
    ? mixed(8, ~field, (mail.column << 8) ^ mail.lineAbove)
    : mixed(8, field, (last4 & 0xffff) | (column << 16));
  hashes[8] = mixed(9, field, mail.shape);
  // What the match expects, and how much it should be trusted here
  hashes[9] = mixed(10, expected, last);
}
