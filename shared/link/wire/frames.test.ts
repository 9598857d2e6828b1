import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, frameLength, MAX_FRAME, pieceLength } from "./frame.ts";
import { FrameDecoder } from "./frame-decoder.ts";
import type { Frame } from "./frame-types.ts";
import { BYE_REASONS, type DecodedFrame, SKIP_REASONS } from "./frame-types.ts";
import { DEFAULT_HELLO, type Hello } from "./hello.ts";

const number = fc.nat();
const id = fc.stringMatching(/^[0-9a-f]{16}$/);
const line = fc.string({ maxLength: 40 }).map((text) => text.replace(/\p{Cc}+/gu, " "));
const answers = fc.array(fc.record({ letter: fc.constantFrom("K", "Z", "D"), text: line }), { maxLength: 5 });
const hello: fc.Arbitrary<Hello> = fc.record({
  version: fc.constantFrom(1, 2, 7),
  time: number,
  mixing: fc.boolean(),
  zstd: fc.boolean(),
  stay: fc.boolean(),
  half: fc.boolean(),
  receiveFirst: fc.boolean(),
  sendFirst: fc.boolean(),
  maxMessage: number,
  classes: fc.nat(15),
  msLeft: number,
  bytesLeft: number,
  held: fc.oneof(id, fc.constant("")),
  dictionary: fc.oneof(fc.stringMatching(/^[0-9a-f]{8}$/), fc.constant("")),
  have: fc.array(fc.record({ id, offset: number, checksum: id }), { maxLength: 5 }),
  done: fc.array(fc.record({ id, answers }), { maxLength: 5 }),
});
const left = fc.oneof(
  fc.constant({ messages: 0, bytes: 0 }),
  fc.record({ messages: number.map((n) => n + 1), bytes: number }),
);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 });
const frame: fc.Arbitrary<Frame> = fc.oneof(
  hello.map((one): Frame => ({ kind: "hello", hello: one })),
  fc.record({ kind: fc.constant("parcel" as const), stream: number, head: bytes }),
  fc.record({ kind: fc.constant("data" as const), stream: number, bytes }),
  fc
    .record({ stream: number, further: fc.nat(100) })
    .map((one): Frame => ({ kind: "answer", answer: { ...one, taken: true } })),
  fc
    .record({ stream: number, recipients: answers })
    .map((one): Frame => ({ kind: "answer", answer: { ...one, taken: false } })),
  fc.record({ kind: fc.constant("skip" as const), stream: number, reason: fc.constantFrom(...SKIP_REASONS) }),
  fc.record({ kind: fc.constant("received" as const), bytes: number }),
  fc.record({ kind: fc.constant("turn" as const), more: fc.boolean(), received: number, left }),
  fc.record({ kind: fc.constant("bye" as const), reason: fc.constantFrom(...BYE_REASONS), left }),
);

/** Data pieces of one frame put together again, for they may come in any pieces. */
function merged(frames: readonly DecodedFrame[]): unknown[] {
  const out: unknown[] = [];
  for (const one of frames) {
    const last = out.at(-1) as { kind: string; stream: number; bytes: number[] } | undefined;
    if (one.kind !== "data") out.push(one.kind === "parcel" ? { ...one, head: [...one.head] } : one);
    else if (last?.kind === "data" && last.stream === one.stream) last.bytes.push(...one.bytes);
    else out.push({ ...one, bytes: [...one.bytes] });
  }
  return out;
}

function fed(stream: Uint8Array, cuts: readonly number[]): DecodedFrame[] {
  const decoder = new FrameDecoder();
  const at = [0, ...[...cuts].sort((a, b) => a - b), stream.length];
  return at.slice(1).flatMap((end, index) => decoder.feed(stream.subarray(at[index], end)));
}

describe("frames", () => {
  it("come out as they went in, however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(3000), { maxLength: 10 }), (frames, cuts) => {
        const stream = Buffer.concat(frames.map(encodeFrame));
        const inside = cuts.filter((cut) => cut <= stream.length);
        expect(merged(fed(stream, inside))).toEqual(merged(frames));
        expect(stream.length).toBe(frames.reduce((sum, one) => sum + frameLength(one), 0));
      }),
    );
  });

  it("never make the decoder throw, and after an error nothing comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
        const decoder = new FrameDecoder();
        const frames = decoder.feed(garbage);
        const error = frames.findIndex(({ kind }) => kind === "error");
        if (error >= 0) {
          expect(error).toBe(frames.length - 1);
          expect(decoder.feed(encodeFrame({ kind: "received", bytes: 1 }))).toEqual([]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("say how long a piece of a body makes a frame", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(60_000), (stream, length) => {
        const size = length + 1;
        expect(pieceLength(stream, size)).toBe(
          encodeFrame({ kind: "data", stream, bytes: new Uint8Array(size) }).length,
        );
      }),
    );
  });

  it("of an unknown kind are skipped, within a limit", () => {
    const known = encodeFrame({ kind: "received", bytes: 5 });
    const stream = Buffer.concat([Buffer.from("4:Zabc,1:Y,"), known]);
    expect(fed(stream, [2, 5, 9])).toEqual([{ kind: "received", bytes: 5 }]);
    const long = Buffer.from(`${MAX_FRAME.unknown + 1}:Z`);
    expect(fed(long, [])).toEqual([{ kind: "error", reason: expect.stringContaining("wanted at most") }]);
  });

  it.each([
    ["0:,", "no length"],
    [":H,", "no length"],
    ["01:H,", "leading zeros"],
    ["-1:H,", "the byte 45"],
    ["999999999:", "digits"],
    ["1:H,", "empty"],
    ["2:R\u0005;", "comma"],
    ["3:D\u0080\u0080,", "stream number"],
    ["99999999:H", "at most"],
    ["70:D\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0001", "stream number"],
    ["3:R\u0080\u0080,", "ends within a field"],
    ["3:A\u0001\u0000,", "ends within a field"],
  ])("%j is refused: %s", (text, reason) => {
    const frames = fed(Buffer.from(text, "latin1"), []);
    expect(frames.at(-1)).toEqual({ kind: "error", reason: expect.stringContaining(reason) });
  });

  it("of data are given as they come: a line that breaks within one loses nothing", () => {
    const stream = encodeFrame({ kind: "data", stream: 3, bytes: Buffer.from("hello") });
    const got = fed(stream.subarray(0, stream.length - 3), []);
    expect(merged(got)).toEqual([{ kind: "data", stream: 3, bytes: [...Buffer.from("hel")] }]);
  });

  it("hold memory for what has come, not for what was announced", () => {
    const decoder = new FrameDecoder();
    decoder.feed(Buffer.from(`${MAX_FRAME.parcel}:P`));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i += 1) decoder.feed(Buffer.from("x"));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
  });

  it("of hello leave out what is the default", () => {
    expect([...encodeFrame({ kind: "hello", hello: DEFAULT_HELLO })]).toEqual([
      ...Buffer.from("4:H\u0002\u0001\u0000,"),
    ]);
  });

  it("of hello with unknown tags are read all the same", () => {
    const body = Buffer.concat([Buffer.from("H"), Buffer.from([99, 3, 1, 2, 3, 2, 1, 7])]);
    const stream = Buffer.from(`${body.length}:${body.toString("latin1")},`, "latin1");
    expect(fed(stream, [])).toEqual([{ kind: "hello", hello: { ...DEFAULT_HELLO, time: 7 } }]);
  });
});
