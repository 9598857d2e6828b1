import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HeaderLimits, HeaderScanner } from "./header.ts";
import { receivedLine } from "./received.ts";

const ID = "ABCDEFGHIJKLMNOP";

function scan(message: string | Uint8Array, limits?: HeaderLimits): HeaderScanner {
  const scanner = new HeaderScanner(limits);
  scanner.feed(Buffer.from(message));
  scanner.end();
  return scanner;
}

function answers(scanner: HeaderScanner): unknown {
  const { done, problem, bytes, received, topReceivedId, deliveredTo } = scanner;
  const kept = Buffer.from(scanner.kept).toString("latin1");
  const fields = ["subject", "received", "a", "b", "delivered-to"].map((name) => scanner.field(name));
  return { done, problem, bytes, received, topReceivedId, deliveredTo: [...deliveredTo], kept, fields };
}

const ours = receivedLine({ from: "laptop", by: "Hub.Example.org", with: "QMTP", id: ID, date: new Date(0) });

describe("HeaderScanner", () => {
  it("reads fields, folding and both line ends", () => {
    for (const end of ["\n", "\r\n"]) {
      const lines = ["Subject: one", "  two", "SUBJECT: three", "Delivered-To: Bob@Example.Org", "", "Subject: body"];
      const scanner = scan(lines.join(end));
      expect(scanner.field("subject")).toBe("one  two");
      expect([...scanner.deliveredTo]).toEqual(["bob@example.org"]);
      expect(scanner.done).toBe(true);
      expect(scanner.bytes).toBe(lines.slice(0, 5).join(end).length + end.length);
    }
  });

  it("finds the mail id only in the topmost Received field", () => {
    expect(scan(`${ours}Subject: x\n\n`).topReceivedId).toBe(ID);
    expect(scan(`${ours.replaceAll("\n", "\r\n")}\r\n`).topReceivedId).toBe(ID);
    expect(scan(`Delivered-To: list@example.org\n${ours}\n`).topReceivedId).toBe(ID);
    expect(scan(`Received: from a by b id short; date\n${ours}\n`).topReceivedId).toBeUndefined();
    expect(scan(`Received: from a by b id ${ID} for x; date\n\n`).topReceivedId).toBeUndefined();
  });

  it("counts Received fields, and those of a host outside of comments", () => {
    const fake = "Received: from x (by hub.example.org) by other; date\n";
    const scanner = scan(`${ours}${fake}Received: (qmail 1 invoked by uid 2); date\n${ours}\n${ours}`);
    expect(scanner.received).toBe(4);
    expect(scanner.receivedBy("HUB.example.org")).toBe(2);
    expect(scanner.receivedBy("other")).toBe(1);
    expect(scanner.receivedBy("nobody")).toBe(0);
  });

  it.each([
    ["nothing", "", 0],
    ["body only", "Dear Sir,\nReceived: no\n\n", 0],
    ["a leading blank", " Received: no\n\n", 0],
    ["an empty first line", "\nReceived: no\n", 0],
    ["a line without colon", "Received: yes\nno colon here\nReceived: no\n", 1],
    ["no empty line", "Received: yes\nReceived: yes", 2],
    ["NUL in a value", "Received: a\0b\n\n", 1],
    ["NUL in a name", "Recei\0ved: b\n\n", 0],
    ["a colon first", ": x\nReceived: no\n", 0],
    ["an mbox line", "From a@b Sat Nov 21 05:56:12 2026\nReceived: yes\n\n", 1],
    ["blanks before the colon", "Received : yes\n\n", 1],
  ])("takes a message with %s (S25)", (_name, message, received) => {
    const scanner = scan(message);
    expect(scanner.received).toBe(received);
    expect(scanner.done).toBe(true);
    expect(scanner.problem).toBeUndefined();
  });

  it("ends at once at a body of one endless line, without holding it", () => {
    const scanner = new HeaderScanner();
    scanner.feed(Buffer.alloc(300, "a"));
    expect(scanner.done).toBe(true);
    expect(scanner.problem).toBeUndefined();
  });

  it.each([
    ["100,000 lines", "A: b\n".repeat(100_000)],
    ["one line of 10 MB", `A: ${"b".repeat(10_000_000)}\n\n`],
    ["1 MB of folding", `A: b\n${" c\n".repeat(350_000)}\n`],
    ["1 MB of comments", `Received: ${"(".repeat(1_000_000)}\n\n`],
  ])("stops at the limit for %s (S24)", (_name, message) => {
    const scanner = scan(message);
    expect(scanner.problem).toBe("too-large");
    expect(scanner.done).toBe(true);
    expect(scanner.bytes).toBeLessThanOrEqual(256 * 1024);
  });

  it("takes a header of exactly the limits", () => {
    const header = "A: b\nB: c\n\n";
    expect(scan(header, { maxBytes: header.length, maxLines: 2 }).problem).toBeUndefined();
    expect(scan(header, { maxBytes: header.length - 1 }).problem).toBe("too-large");
    expect(scan(header, { maxLines: 1 }).problem).toBe("too-large");
  });

  it("takes linear time for hostile fields within the limits", () => {
    const hostile = `Received: ${"(".repeat(100_000)}${") by ".repeat(20_000)}\n\n`;
    const start = performance.now();
    expect(scan(hostile).received).toBe(1);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it("keeps whole fields for a bounce, in order, up to the limit", () => {
    const text = (limits?: HeaderLimits) => Buffer.from(scan("A: 1\n 2\nB: 3\nC: 4\n\nbody", limits).kept).toString();
    expect(text()).toBe("A: 1\n 2\nB: 3\nC: 4\n");
    expect(text({ maxKept: 13 })).toBe("A: 1\n 2\nB: 3\n");
    expect(text({ maxKept: 12 })).toBe("A: 1\n 2\n");
    expect(text({ maxKept: 7 })).toBe("");
  });

  it("cuts long values", () => {
    expect(scan(`A: ${"é".repeat(5000)}\n\n`).field("a")).toBe("é".repeat(1000));
  });

  it("gives the same answers however the bytes are cut", () => {
    const line = fc.oneof(
      fc.constantFrom(
        ours,
        "\n",
        "\r\n",
        "A: 1\r\n",
        " folded\n",
        "\t\n",
        "no colon\n",
        "Delivered-To: x@y\n",
        "\r",
        "B",
      ),
      fc.constantFrom(`A${"a".repeat(260)}: x\n`, `B: ${"b".repeat(300)}\r\n`, "From me\n", `${"z".repeat(257)}\n`),
      fc.string({ maxLength: 20 }),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    const limits = fc.record({
      maxBytes: fc.integer({ min: 0, max: 1500 }),
      maxLines: fc.integer({ min: 0, max: 12 }),
      maxKept: fc.integer({ min: 0, max: 600 }),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), cuts, limits, (lines, sizes, bounds) => {
        const message = Buffer.from(lines.join(""));
        const pieces = new HeaderScanner(bounds);
        for (let at = 0, turn = 0; at < message.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.feed(message.subarray(at, at + size));
          at += size;
        }
        pieces.end();
        expect(answers(pieces)).toEqual(answers(scan(message, bounds)));
      }),
      { numRuns: 500 },
    );
  });
});
