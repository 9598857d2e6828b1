import type { Topic } from "./language.ts";
import type { Person } from "./people.ts";

export const CLASSES = ["tiny", "text", "html", "attachment"] as const;
/** Under 2 KB; text of 2–20 KB; HTML of 20–60 KB; with attachments of 100–450 KB. */
export type MailClass = (typeof CLASSES)[number];

/** A message to measure with. */
export interface SampleMessage {
  readonly text: Buffer;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly class: MailClass;
}

/** What is said, before it becomes bytes. */
export interface Letter {
  readonly class: MailClass;
  readonly from: Person;
  readonly to: readonly Person[];
  readonly topic: Topic;
  readonly subject: string;
  readonly id: string;
  readonly references: readonly string[];
  /** When it was written, ms since 1970. */
  readonly ms: number;
  /** Plain text, LF, with what it quotes. */
  readonly body: string;
}
