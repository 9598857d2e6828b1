import type { SampleMessage } from "../sample-mail/letter.ts";

/** One way to bring mail from the hub to the office. */
export interface Carriage {
  /** Who calls. When the hub does, the line's "up" is the office's "down". */
  readonly caller: "office" | "hub";
  /** Where the called side listens on loopback. */
  readonly port: number;
  /** Puts mail for the office into the hub's queue. */
  queue(mail: readonly SampleMessage[]): Promise<void>;
  /** One call through `port`, until nothing waits, the line breaks or `ms` have passed. */
  call(port: number, half: boolean, ms: number): Promise<void>;
  /** Messages, or batches of them, that the hub still has. */
  waiting(): Promise<number>;
  delivered(): Promise<Delivered>;
  close(): Promise<void>;
}

/** What lies in the office's mailbox: each message once, however often it came. */
export interface Delivered {
  readonly messages: number;
  readonly bytes: number;
  readonly doubled: number;
}

export interface Contender {
  readonly by: string;
  open(): Promise<Carriage>;
}

/** What the others are measured by. */
export const PLAIN = "plain QMTP";
