import { CountedBytes } from "./counted-bytes.ts";
import { CrlfToLf } from "./crlf-to-lf.ts";
import { hex, LengthReader } from "./length-reader.ts";
import { COMMA, CR, LF } from "./netstring.ts";
import type { AddressProblem, PackageEvent } from "./package-event.ts";
import { DEFAULT_LIMITS, type DecoderLimits, withDefaults } from "./package-limits.ts";

/** Bytes of the recipient list still to come, and recipients reported so far. */
type List = { left: number; count: number };

type State =
  | { readonly in: "message-length"; readonly length: LengthReader }
  | { readonly in: "marker"; readonly declared: number }
  | { readonly in: "text"; left: number; readonly wanted: boolean; readonly crlf: CrlfToLf | undefined }
  | { readonly in: "sender-length"; readonly length: LengthReader }
  | { readonly in: "sender"; readonly address: CountedBytes }
  | { readonly in: "list-length"; readonly length: LengthReader }
  | { readonly in: "recipient-length"; readonly length: LengthReader; readonly list: List }
  | { readonly in: "recipient"; readonly address: CountedBytes; readonly list: List }
  | { readonly in: "list-end"; readonly list: List }
  | { readonly in: "failed" };

/**
 * Reads QMTP packages from bytes, one after another, however the bytes are cut.
 *
 * Holds at most one address and one byte of text between calls. An address is reported when its comma has been seen,
 * so everything before "package-end" may still be taken back by a cut line: keep nothing until then.
 *
 * Source: the QMTP definition (djb, 1997) and the behaviour of qmail-qmtpd.
 */
export class PackageDecoder {
  readonly #limits: DecoderLimits;
  readonly #maxNetstring: number;
  #state: State;
  #events: PackageEvent[] = [];

  /** Throws RangeError for a limit that is not a number of 0 or more. */
  constructor(limits: Partial<DecoderLimits> = {}) {
    this.#limits = withDefaults(DEFAULT_LIMITS, limits);
    this.#maxNetstring = Math.max(this.#limits.maxDiscard, this.#limits.maxMessage + 1); // 1 for the marker byte
    this.#state = this.#betweenPackages();
  }

  /** The events that `chunk` completes. Never throws on any input; after an "error" event it returns []. */
  feed(chunk: Uint8Array): PackageEvent[] {
    this.#events = [];
    let at = 0;
    while (at < chunk.length && this.#state.in !== "failed") at = this.#step(this.#state, chunk, at);
    const events = this.#events;
    this.#events = []; // the caller's array must not be kept alive from here
    return events;
  }

  /** True between packages: the peer may close here without losing anything. False after an error. */
  get idle(): boolean {
    return this.#state.in === "message-length" && !this.#state.length.started;
  }

  /** Takes one byte, or a run where a run belongs; returns the position after it. */
  #step(state: Exclude<State, { in: "failed" }>, chunk: Uint8Array, at: number): number {
    if (state.in === "text" && state.left > 0) return this.#text(state, chunk, at);
    if ((state.in === "sender" || state.in === "recipient") && !state.address.complete)
      return state.address.take(chunk, at);
    this.#state = this.#next(state, chunk[at] as number);
    return at + 1;
  }

  #next(state: Exclude<State, { in: "failed" }>, byte: number): State {
    switch (state.in) {
      case "message-length":
        return this.#length(state, byte, (declared) => this.#beginMessage(declared));
      case "marker":
        return this.#marker(state.declared, byte);
      case "text":
        return this.#comma(byte, "message", () => this.#endMessage());
      case "sender-length":
        return this.#length(state, byte, (length) => ({ in: "sender", address: this.#address(length) }));
      case "sender":
        return this.#comma(byte, "sender", () => this.#endSender(state.address));
      case "list-length":
        return this.#length(state, byte, (left) => this.#nextRecipient({ left, count: 0 }));
      case "recipient-length":
        return this.#recipientLength(state.length, state.list, byte);
      case "recipient":
        return this.#comma(byte, "recipient", () => this.#endRecipient(state.address, state.list));
      case "list-end":
        return this.#comma(byte, "recipient list", () => this.#endPackage(state.list));
      default:
        return state satisfies never;
    }
  }

  #betweenPackages(): State {
    return { in: "message-length", length: new LengthReader("Message", this.#maxNetstring) };
  }

  #beginMessage(declared: number): State {
    if (declared > 0) return { in: "marker", declared };
    return this.#fail("Message is empty: its first byte must tell the line ends, LF or CR");
  }

  #marker(declared: number, byte: number): State {
    if (byte !== LF && byte !== CR)
      return this.#fail(`Message begins with ${hex(byte)}: its first byte must tell the line ends, LF or CR`);
    const size = declared - 1;
    const oversize = size > this.#limits.maxMessage;
    this.#events.push({ kind: "message-begin", size, lineEnd: byte === LF ? "lf" : "crlf", oversize });
    return { in: "text", left: size, wanted: !oversize, crlf: byte === CR ? new CrlfToLf() : undefined };
  }

  #text(state: Extract<State, { in: "text" }>, chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + state.left);
    state.left -= end - at;
    if (!state.wanted) return end;
    const piece = chunk.subarray(at, end);
    this.#data(state.crlf?.convert(piece) ?? piece);
    if (state.left === 0 && state.crlf) this.#data(state.crlf.end());
    return end;
  }

  #data(data: Uint8Array): void {
    if (data.length > 0) this.#events.push({ kind: "message-data", data });
  }

  #endMessage(): State {
    this.#events.push({ kind: "message-end" });
    return { in: "sender-length", length: new LengthReader("Sender", this.#maxNetstring) };
  }

  #endSender(sender: CountedBytes): State {
    this.#events.push({ kind: "sender", ...this.#judge(sender, 0) });
    return { in: "list-length", length: new LengthReader("Recipient list", this.#maxNetstring) };
  }

  #nextRecipient(list: List): State {
    if (list.left === 0) return { in: "list-end", list };
    return { in: "recipient-length", length: new LengthReader("Recipient", this.#maxNetstring), list };
  }

  /** qmail-qmtpd does not check these digits at all; what it does check is that the address ends inside the list. */
  #recipientLength(reader: LengthReader, list: List, byte: number): State {
    list.left -= 1;
    const state = this.#length({ in: "recipient-length", length: reader, list }, byte, (length) => {
      if (length + 1 > list.left) return this.#fail(`Recipient of ${length} bytes runs over the end of its list`);
      list.left -= length + 1; // the address and its comma
      return { in: "recipient", address: this.#address(length), list };
    });
    if (state.in !== "recipient-length" || list.left > 0) return state;
    return this.#fail("Recipient list ends inside a length");
  }

  #endRecipient(recipient: CountedBytes, list: List): State {
    list.count += 1;
    this.#events.push({ kind: "recipient", ...this.#judge(recipient, list.count) });
    return this.#nextRecipient(list);
  }

  #endPackage(list: List): State {
    this.#events.push({ kind: "package-end", recipients: list.count });
    return this.#betweenPackages();
  }

  #address(length: number): CountedBytes {
    return new CountedBytes(length, length > this.#limits.maxAddress ? 0 : length);
  }

  /** What no retry can cure is named before "too-many", so that the sender is told for good and not "try later". */
  #judge(field: CountedBytes, count: number): { address: Uint8Array; problem?: AddressProblem } {
    const address = field.bytes();
    if (field.cut) return { address, problem: "too-long" };
    if (address.includes(0)) return { address, problem: "nul" };
    if (count > this.#limits.maxRecipients) return { address, problem: "too-many" };
    return { address };
  }

  #length(state: State & { length: LengthReader }, byte: number, then: (length: number) => State): State {
    const step = state.length.push(byte);
    if (step.kind === "more") return state;
    return step.kind === "length" ? then(step.value) : this.#fail(step.reason);
  }

  #comma(byte: number, of: string, then: () => State): State {
    return byte === COMMA ? then() : this.#fail(`Comma missing after the ${of}: found ${hex(byte)}`);
  }

  #fail(reason: string): State {
    this.#events.push({ kind: "error", reason });
    return { in: "failed" };
  }
}
