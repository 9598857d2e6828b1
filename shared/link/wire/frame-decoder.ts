import { MalformedFrameError } from "./bytes.ts";
import { kindOf, MAX_FRAME, readFrame } from "./frame.ts";
import type { DecodedFrame, Frame } from "./frame-types.ts";

/**
 * Bytes in, frames out (pure). A codec never waits: it may be fed any split of the stream. The body of a data frame is
 * passed on as it comes, so that a line that breaks within it loses nothing; all other frames are held until they are
 * whole, within the limit of their kind. Memory is taken for what has arrived, never for what was declared.
 */
const MAX_DIGITS = 8;
const COLON = 58;
const COMMA = 44;
const ZERO = 48;
/** A stream number has no more bytes. */
const MAX_STREAM_BYTES = 8;

type State =
  | { readonly at: "length"; readonly value: number; readonly digits: number }
  | { readonly at: "kind"; readonly length: number }
  | { readonly at: "held"; readonly kind: Frame["kind"]; readonly left: number; readonly parts: Buffer[] }
  | { readonly at: "skipped"; readonly left: number }
  | { readonly at: "stream"; readonly left: number; readonly value: number; readonly scale: number; readonly n: number }
  | { readonly at: "data"; readonly left: number; readonly stream: number }
  | { readonly at: "comma" }
  | { readonly at: "broken" };

const START: State = { at: "length", value: 0, digits: 0 };

export class FrameDecoder {
  #state: State = START;
  /** Bytes of frames taken so far. */
  received = 0;

  /** Whether the stream stands between two frames. */
  get idle(): boolean {
    return this.#state.at === "length" && this.#state.digits === 0;
  }

  /** Never throws; after an error frame nothing more comes. */
  feed(chunk: Uint8Array): DecodedFrame[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const frames: DecodedFrame[] = [];
    let at = 0;
    try {
      while (at < bytes.length && this.#state.at !== "broken") at += this.#take(bytes, at, frames);
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      this.#state = { at: "broken" };
      frames.push({ kind: "error", reason: error.message });
    }
    this.received += bytes.length;
    return frames;
  }

  /** @returns how many bytes were used */
  #take(bytes: Buffer, at: number, frames: DecodedFrame[]): number {
    const state = this.#state;
    const byte = bytes[at] ?? 0;
    switch (state.at) {
      case "length":
        this.#state = afterDigit(state, byte);
        return 1;
      case "kind":
        this.#state = afterKind(byte, state.length);
        return 1;
      case "held": {
        const part = bytes.subarray(at, at + state.left);
        // Copied: the socket reuses nothing, but a held slice would keep its whole chunk alive.
        if (part.length > 0) state.parts.push(Buffer.from(part));
        const left = state.left - part.length;
        this.#state = left > 0 ? { ...state, left } : { at: "comma" };
        if (left === 0)
          frames.push(readFrame(state.kind as Exclude<Frame["kind"], "data">, Buffer.concat(state.parts)));
        return part.length;
      }
      case "skipped": {
        const used = Math.min(state.left, bytes.length - at);
        this.#state = used < state.left ? { at: "skipped", left: state.left - used } : { at: "comma" };
        return used;
      }
      case "stream":
        this.#state = afterStreamByte(state, byte);
        return 1;
      case "data": {
        const part = bytes.subarray(at, at + state.left);
        if (part.length > 0) frames.push({ kind: "data", stream: state.stream, bytes: part });
        const left = state.left - part.length;
        this.#state = left > 0 ? { ...state, left } : { at: "comma" };
        return part.length;
      }
      case "comma":
        if (byte !== COMMA) throw new MalformedFrameError("a frame does not end in a comma");
        this.#state = START;
        return 1;
      case "broken":
        return bytes.length - at;
    }
  }
}

function afterDigit({ value, digits }: State & { at: "length" }, byte: number): State {
  if (byte === COLON) {
    if (digits === 0 || value === 0) throw new MalformedFrameError("a frame has no length");
    return { at: "kind", length: value };
  }
  if (byte < ZERO || byte > ZERO + 9) throw new MalformedFrameError(`a length has the byte ${byte}`);
  if (digits === MAX_DIGITS) throw new MalformedFrameError(`a length has more than ${MAX_DIGITS} digits`);
  if (digits > 0 && value === 0) throw new MalformedFrameError("a length has leading zeros");
  return { at: "length", value: value * 10 + byte - ZERO, digits: digits + 1 };
}

function afterKind(byte: number, length: number): State {
  const kind = kindOf(byte);
  if (length > MAX_FRAME[kind])
    throw new MalformedFrameError(`a frame of kind ${kind} has ${length} bytes, wanted at most ${MAX_FRAME[kind]}`);
  const left = length - 1;
  if (kind === "unknown") return left === 0 ? { at: "comma" } : { at: "skipped", left };
  if (left === 0) throw new MalformedFrameError(`a frame of kind ${kind} is empty`);
  if (kind === "data") return { at: "stream", left, value: 0, scale: 1, n: 0 };
  return { at: "held", kind, left, parts: [] };
}

function afterStreamByte({ left, value, scale, n }: State & { at: "stream" }, byte: number): State {
  if (n === MAX_STREAM_BYTES) throw new MalformedFrameError("a stream number is too long");
  const stream = value + (byte & 0x7f) * scale;
  const rest = left - 1;
  if (byte >= 0x80) {
    if (rest === 0) throw new MalformedFrameError("a data frame ends within its stream number");
    return { at: "stream", left: rest, value: stream, scale: scale * 0x80, n: n + 1 };
  }
  return rest === 0 ? { at: "comma" } : { at: "data", left: rest, stream };
}
