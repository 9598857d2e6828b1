import { encodeNetstring } from "qmtp-codec";
import { readAnswers, writeAnswers } from "./answer.ts";
import { FieldReader, FieldWriter } from "./bytes.ts";
import { BYE_REASONS, type Frame, type Left, SKIP_REASONS } from "./frame-types.ts";
import { readHello, writeHello } from "./hello.ts";

const LETTER = {
  hello: "H",
  parcel: "P",
  data: "D",
  answer: "A",
  skip: "X",
  received: "R",
  turn: "T",
  bye: "B",
} as const satisfies Record<Frame["kind"], string>;

const KINDS = new Map<number, Frame["kind"]>(
  Object.entries(LETTER).map(([kind, letter]) => [letter.charCodeAt(0), kind as Frame["kind"]]),
);

/** Longest frame of each kind, in bytes; what is unknown may not be longer than the least of the large ones. */
export const MAX_FRAME: Readonly<Record<Frame["kind"] | "unknown", number>> = {
  hello: 64 * 1024,
  // 1,000 recipients with 999 bytes and their DSN parameters.
  parcel: 2 * 1024 * 1024,
  data: 64 * 1024,
  answer: 2 * 1024 * 1024,
  skip: 64,
  received: 64,
  turn: 64,
  bye: 64,
  unknown: 64 * 1024,
};

export function kindOf(letter: number): Frame["kind"] | "unknown" {
  return KINDS.get(letter) ?? "unknown";
}

export function encodeFrame(frame: Frame): Uint8Array {
  return encodeNetstring(writeFields(frame, new FieldWriter().byte(LETTER[frame.kind].charCodeAt(0))).done());
}

/** Bytes of an encoded frame. */
export function frameLength(frame: Frame): number {
  return encodeFrame(frame).length;
}

/** Bytes of a data frame with `length` bytes of body. */
export function pieceLength(stream: number, length: number): number {
  const inside = new FieldWriter().byte(0).varint(stream).done().length + length;
  return String(inside).length + ":".length + inside + ",".length;
}

function writeFields(frame: Frame, to: FieldWriter): FieldWriter {
  switch (frame.kind) {
    case "hello":
      return writeHello(frame.hello, to);
    case "parcel":
      return to.varint(frame.stream).raw(frame.head);
    case "data":
      return to.varint(frame.stream).raw(frame.bytes);
    case "answer":
      return writeAnswers(frame.answer, to);
    case "skip":
      return to.varint(frame.stream).byte(SKIP_REASONS.indexOf(frame.reason));
    case "received":
      return to.varint(frame.bytes);
    case "turn":
      return writeLeft(frame.left, to.byte(frame.more ? 1 : 0).varint(frame.received));
    case "bye":
      return writeLeft(frame.left, to.byte(BYE_REASONS.indexOf(frame.reason)));
  }
}

/**
 * The frame that these bytes (without the kind) are; data frames are cut by the decoder itself. Bytes behind the last
 * field are a later version's and are ignored.
 *
 * @throws MalformedFrameError
 */
export function readFrame(kind: Exclude<Frame["kind"], "data">, body: Uint8Array): Frame {
  const from = new FieldReader(body);
  switch (kind) {
    case "hello":
      return { kind, hello: readHello(from) };
    case "parcel":
      return { kind, stream: from.varint(), head: from.rest() };
    case "answer":
      return { kind, answer: readAnswers(from) };
    case "skip":
      return { kind, stream: from.varint(), reason: pick(SKIP_REASONS, from.byte(), "damaged") };
    case "received":
      return { kind, bytes: from.varint() };
    case "turn":
      return { kind, more: from.byte() === 1, received: from.varint(), left: readLeft(from) };
    case "bye":
      return { kind, reason: pick(BYE_REASONS, from.byte(), "going-down"), left: readLeft(from) };
  }
}

/** Nothing left is nothing said. */
function writeLeft({ messages, bytes }: Left, to: FieldWriter): FieldWriter {
  return messages === 0 ? to : to.varint(messages).varint(bytes);
}

function readLeft(from: FieldReader): Left {
  return from.empty ? { messages: 0, bytes: 0 } : { messages: from.varint(), bytes: from.varint() };
}

/** A reason that a later version has brought in is treated as the mildest that we know. */
function pick<T>(list: readonly T[], index: number, unknown: T): T {
  return list[index] ?? unknown;
}
