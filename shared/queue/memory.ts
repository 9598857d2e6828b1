/**
 * The memory against duplicates: what this node answered for a mail id and a recipient, kept for as
 * long as a sender may still repeat its question. A room with SQL implements it; nothing in it is mail,
 * so losing it costs at most a duplicate, never a letter.
 *
 * The order of calls closes the hole of a crash between the file and the row:
 * `accepting` (committed) → rename into `new/` → directory synced → `accepted` → the answer is sent.
 * At start an unfinished row whose tmp file still exists is undone (the rename did not happen);
 * without a tmp file it counts as accepted.
 */
export interface Answer {
  /** `K`: we hold it. `D`: refused for good. */
  readonly letter: "K" | "D";
  /** One line for people, as it was sent. */
  readonly text: string;
}

export interface Memory {
  /** What was answered before for these recipients of this mail id; absent = never seen. */
  recall(mailId: string, recipients: readonly string[]): Map<string, Answer>;
  /** Row `accepting` with the tmp path, committed (FULL) before the rename into new/. */
  accepting(mailId: string, recipients: readonly string[], tmpPath: string): void;
  /** `accepted`, after the rename is durable. */
  accepted(mailId: string, recipients: readonly string[], text: string): void;
  /** The rename did not happen: forget. */
  undo(mailId: string, recipients: readonly string[]): void;
  /** A refusal that a repeat shall get again. */
  refused(mailId: string, recipient: string, text: string): void;
  /** At start: rows still `accepting`. */
  unfinished(): { mailId: string; recipient: string; tmpPath: string }[];
  /** Forget what is older than 90 days (the longest queue life). `now` in ms; returns count. */
  prune(now: number): number;
}
