import { CountedBytes } from "./counted-bytes.ts";
import { hex, LengthReader } from "./length-reader.ts";
import { COMMA } from "./netstring.ts";
import { withDefaults } from "./package-limits.ts";
import { MAX_REPLY_TEXT, type ReplyLetter, withoutControls } from "./reply.ts";

export type ReplyEvent =
  /** `text` is one safe line: decoded as UTF-8, bad bytes as U+FFFD, control characters as "?". */
  | { kind: "reply"; letter: ReplyLetter; text: string }
  /** The stream is out of step: close the connection; what has no reply yet is deferred. Nothing follows. */
  | { kind: "error"; reason: string };

export interface ReplyLimits {
  /** Bytes of text kept; the rest of a longer text is read and let go. */
  maxText?: number;
  /** Bytes of a whole reply, letter included. A longer one is an error. */
  maxReply?: number;
}

/** 200,000 is a thousandth of what serialqmtp takes, and still hours on a radio link. */
const DEFAULT_REPLY_LIMITS: Required<ReplyLimits> = { maxText: MAX_REPLY_TEXT, maxReply: 200_000 };

type State =
  | { readonly in: "length"; readonly length: LengthReader }
  | { readonly in: "letter"; readonly length: number }
  | { readonly in: "text"; readonly letter: ReplyLetter; readonly text: CountedBytes }
  | { readonly in: "failed" };

/**
 * Reads the replies of a QMTP server, one per recipient, in the order the recipients were sent.
 *
 * Which recipient a reply is for, and that a reply too many is the peer's fault, is for the caller to know.
 */
export class ReplyDecoder {
  readonly #limits: Required<ReplyLimits>;
  #state: State;
  #events: ReplyEvent[] = [];

  /** Throws RangeError for a limit that is not a number of 0 or more. */
  constructor(limits: ReplyLimits = {}) {
    this.#limits = withDefaults(DEFAULT_REPLY_LIMITS, limits);
    this.#state = this.#betweenReplies();
  }

  /** The events that `chunk` completes. Never throws on any input; after an "error" event it returns []. */
  feed(chunk: Uint8Array): ReplyEvent[] {
    this.#events = [];
    let at = 0;
    while (at < chunk.length && this.#state.in !== "failed") at = this.#step(this.#state, chunk, at);
    const events = this.#events;
    this.#events = []; // the caller's array must not be kept alive from here
    return events;
  }

  #step(state: Exclude<State, { in: "failed" }>, chunk: Uint8Array, at: number): number {
    if (state.in === "text" && !state.text.complete) return state.text.take(chunk, at);
    this.#state = this.#next(state, chunk[at] as number);
    return at + 1;
  }

  #next(state: Exclude<State, { in: "failed" }>, byte: number): State {
    switch (state.in) {
      case "length":
        return this.#length(state, byte);
      case "letter":
        return this.#letter(state.length, byte);
      case "text":
        return this.#comma(state.letter, state.text, byte);
      default:
        return state satisfies never;
    }
  }

  #betweenReplies(): State {
    return { in: "length", length: new LengthReader("Reply", this.#limits.maxReply) };
  }

  #length(state: Extract<State, { in: "length" }>, byte: number): State {
    const step = state.length.push(byte);
    if (step.kind === "more") return state;
    if (step.kind === "fault") return this.#fail(step.reason);
    return step.value > 0
      ? { in: "letter", length: step.value }
      : this.#fail("Reply is empty: it must begin with K, Z or D");
  }

  #letter(length: number, byte: number): State {
    const letter = String.fromCharCode(byte);
    if (letter !== "K" && letter !== "Z" && letter !== "D")
      return this.#fail(`Reply begins with ${hex(byte)}: it must begin with K, Z or D`);
    return { in: "text", letter, text: new CountedBytes(length - 1, this.#limits.maxText) };
  }

  #comma(letter: ReplyLetter, text: CountedBytes, byte: number): State {
    if (byte !== COMMA) return this.#fail(`Comma missing after the reply: found ${hex(byte)}`);
    this.#events.push({ kind: "reply", letter, text: withoutControls(decode(text)) });
    return this.#betweenReplies();
  }

  #fail(reason: string): State {
    this.#events.push({ kind: "error", reason });
    return { in: "failed" };
  }
}

/** In `stream` mode the decoder holds back a character that is not whole yet: the half one left by our own cut goes. */
function decode(text: CountedBytes): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(text.bytes(), { stream: text.cut });
}
