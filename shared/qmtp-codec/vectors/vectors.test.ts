import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PackageDecoder, type PackageEvent, ReplyDecoder, type ReplyEvent } from "../src/index.ts";
import { escapeBytes, joinData, readVectors, type Vector } from "./read-vectors.ts";

const RANDOM_SPLITS = 5;

const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".txt"));

for (const file of files) {
  describe(`vectors in ${file}`, () => {
    for (const vector of readVectors(new URL(file, import.meta.url))) {
      it(`${vector.name}: whole, byte by byte and in random pieces`, () => {
        check(vector, [Uint8Array.from(vector.input)]);
        check(
          vector,
          pieces(vector.input, () => 1),
        );
        for (let seed = 1; seed <= RANDOM_SPLITS; seed++) check(vector, pieces(vector.input, lengths(seed)));
      });
    }
  });
}

it("vectors are many", () => {
  const names = files.flatMap((file) => readVectors(new URL(file, import.meta.url)).map((vector) => vector.name));
  expect(names.length).toBeGreaterThanOrEqual(40);
  expect(new Set(names).size).toBe(names.length);
});

function check(vector: Vector, chunks: Uint8Array[]): void {
  const decoder = vector.decoder === "package" ? new PackageDecoder(vector.limits) : new ReplyDecoder(vector.limits);
  const events = chunks.flatMap((chunk) => {
    const shown = decoder.feed(chunk).map(show);
    chunk.fill(0xee); // owners reuse their buffers: nothing may still be read from this one
    return shown;
  });
  expect(joinData(events).join("\n")).toBe(vector.events.join("\n"));
  if (decoder instanceof PackageDecoder) expect(decoder.idle).toBe(vector.idle);
  if (events.at(-1) === "error") expect(decoder.feed(Buffer.from("2:\n.,0:,4:1:b,,1:K,"))).toEqual([]);
}

function show(event: PackageEvent | ReplyEvent): string {
  switch (event.kind) {
    case "message-begin":
      return `begin ${event.size} ${event.lineEnd}${event.oversize ? " oversize" : ""}`;
    case "message-data":
      return `data ${escapeBytes(event.data)}`;
    case "message-end":
      return "end";
    case "sender":
    case "recipient":
      return `${event.kind}${event.problem ? `:${event.problem}` : ""} ${escapeBytes(event.address)}`;
    case "package-end":
      return `package ${event.recipients}`;
    case "reply":
      return `reply ${event.letter} ${escapeBytes(Buffer.from(event.text))}`;
    case "error":
      return "error";
    default:
      return event satisfies never;
  }
}

function pieces(input: Uint8Array, nextLength: () => number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const length = nextLength();
    chunks.push(Uint8Array.prototype.slice.call(input, at, at + length));
    at += length;
  }
  return chunks;
}

/** Piece lengths 0 to 16 from a seed (a linear congruential generator), so that a failure can be repeated. */
function lengths(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % 17;
  };
}
