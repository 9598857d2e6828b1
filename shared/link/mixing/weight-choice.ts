import { CONTEXTS } from "./contexts.ts";
import type { MailReader } from "./mail-reader.ts";
import type { Mixer } from "./mixer.ts";

/** Which weights the mixer uses for a bit: what is known beside the contexts, and says which of them to trust. */
const MATCH_CLASSES = 6;
/** A match of this class or above is of 16 bytes or more. */
const LONG_MATCH = 3;
const BYTE_KINDS = 13;

const TRUSTS = 2 * MATCH_CLASSES * (CONTEXTS + 1);
const TOKEN_CLASSES = 4;

export const CHOICES: readonly [number, number, number] = [
  TRUSTS,
  3 * 2 * 256,
  TOKEN_CLASSES * BYTE_KINDS * BYTE_KINDS * 8,
];
export const FINAL_CHOICES = TRUSTS;

/**
 * @param partial the bits of the byte so far behind a leading one
 * @param known how many contexts have been seen before
 * @param matchClass see `MatchInput.lengthClass`
 */
export function chooseWeights(
  mixer: Mixer,
  partial: number,
  mail: MailReader,
  known: number,
  matchClass: number,
): void {
  const { token, opaque, last4 } = mail;
  const trust = ((opaque ? CONTEXTS + 1 : 0) + known) * MATCH_CLASSES + matchClass;
  const long = matchClass >= LONG_MATCH ? 1 : 0;
  const where = opaque ? 2 : mail.field === 0 ? 0 : 1;
  const tokenClass = token < 12 ? 0 : token < 20 ? 1 : token < 32 ? 2 : 3;
  const last = KIND[last4 & 255] as number;
  const before = KIND[(last4 >>> 8) & 255] as number;
  const bitsDone = 31 - Math.clz32(partial);
  mixer.choose(
    trust,
    (((where << 1) | long) << 8) | partial,
    (((tokenClass * BYTE_KINDS + last) * BYTE_KINDS + before) << 3) | bitsDone,
    trust,
  );
}

/** The kinds of bytes that mail is made of, `BYTE_KINDS` in all. */
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 10) return 0;
  if (byte === 32) return 1;
  if (byte < 32) return 2;
  if (byte === 45 || byte === 46) return 3;
  if (byte < 48) return 4;
  if (byte < 58) return 5;
  if (byte < 65) return 6;
  if (byte < 91) return 7;
  if (byte < 97) return 8;
  if (byte < 123) return 9;
  if (byte < 128) return 10;
  return byte < 192 ? 11 : 12;
});
