import type { FieldReader, FieldWriter } from "./bytes.ts";

/** What became of one recipient, in QMTP's letters; `K` only when it is durable. */
export interface RecipientAnswer {
  readonly letter: "K" | "Z" | "D";
  /** For people, without control characters; empty when the letter says all. */
  readonly text: string;
}

/**
 * Answers to parcels: usually "all recipients, taken", and then for a run of parcels in one frame; else a list with one
 * answer for each recipient.
 */
export type Answer =
  | { readonly stream: number; readonly taken: true; readonly further: number }
  | { readonly stream: number; readonly taken: false; readonly recipients: readonly RecipientAnswer[] };

export const MAX_RECIPIENTS = 1000;
const MAX_TEXT = 1000;
const LETTERS = ["K", "Z", "D"] as const;

/** Stream; nothing more: taken. A number n ≥ 1: so are the n streams after it. 0: a list follows. */
export function writeAnswers(answer: Answer, to: FieldWriter): FieldWriter {
  to.varint(answer.stream);
  if (answer.taken) return answer.further === 0 ? to : to.varint(answer.further);
  to.varint(0);
  return writeAnswerList(answer.recipients, to);
}

export function readAnswers(from: FieldReader): Answer {
  const stream = from.varint();
  if (from.empty) return { stream, taken: true, further: 0 };
  const further = from.varint(MAX_RUN);
  if (further > 0) return { stream, taken: true, further };
  return { stream, taken: false, recipients: readAnswerList(from) };
}

/** Parcels answered by one frame; a run that a peer claims costs no more memory than this. */
export const MAX_RUN = 10_000;

export function writeAnswerList(recipients: readonly RecipientAnswer[], to: FieldWriter): FieldWriter {
  to.varint(recipients.length);
  for (const { letter, text } of recipients) to.byte(LETTERS.indexOf(letter)).text(cut(text));
  return to;
}

export function readAnswerList(from: FieldReader): RecipientAnswer[] {
  const count = from.varint(MAX_RECIPIENTS);
  const list: RecipientAnswer[] = [];
  for (let index = 0; index < count; index += 1) {
    // A letter of a later version is not yet an acceptance: in doubt, deferred.
    const letter = LETTERS[from.byte()] ?? "Z";
    list.push({ letter, text: oneLine(from.text(MAX_TEXT)) });
  }
  return list;
}

function cut(text: string): string {
  return Buffer.byteLength(text) <= MAX_TEXT
    ? text
    : Buffer.from(text)
        .subarray(0, MAX_TEXT - 3)
        .toString("utf8");
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
  return text.replace(/[\x00-\x1f\x7f]+/g, " ");
}
