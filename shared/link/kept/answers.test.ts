import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RecipientAnswer } from "#shared/link/wire/answer.js";
import { FieldReader, FieldWriter } from "#shared/link/wire/bytes.js";
import { DEFAULT_HELLO, readHello, writeHello } from "#shared/link/wire/hello.js";
import { GivenAnswers } from "./answers.ts";
import { brokenFolder, newFolder, newLog, tinyDisk } from "./test-disk.ts";

const idOf = (number: number): string => number.toString(16).padStart(16, "0");
const MIXED: RecipientAnswer[] = [
  { letter: "K", text: "" },
  { letter: "Z", text: "the disk is full here, try again later é" },
  { letter: "D", text: "no such person" },
];

async function newPath(): Promise<string> {
  return join(await newFolder(), "answers");
}

const idsOf = (given: GivenAnswers): string[] => given.list().map(({ id }) => id);

describe("given answers", () => {
  it("are there in the next session, newest first", async () => {
    const path = await newPath();
    const given = GivenAnswers.open(path);
    given.add(1, idOf(1), []);
    given.add(2, idOf(2), MIXED);
    const list = [
      { id: idOf(2), answers: MIXED },
      { id: idOf(1), answers: [] },
    ];
    expect(given.list()).toEqual(list);
    expect(GivenAnswers.open(path).list()).toEqual(list);
  });

  it("are forgotten when the peer has taken what has them, in memory at once and in the file at save", async () => {
    const path = await newPath();
    const given = GivenAnswers.open(path);
    for (const stream of [1, 2, 3]) given.add(stream, idOf(stream), []);
    given.written(1, 100);
    given.written(2, 200);
    given.confirmed(150);
    expect(idsOf(given)).toEqual([idOf(3), idOf(2)]);
    expect(idsOf(GivenAnswers.open(path))).toEqual([idOf(3), idOf(2), idOf(1)]);
    given.save();
    expect(idsOf(GivenAnswers.open(path))).toEqual([idOf(3), idOf(2)]);
    given.confirmed(1000);
    expect(idsOf(given)).toEqual([idOf(3)]);
  });

  it("of an earlier session are forgotten with the first answer that arrives after the hello that said them", async () => {
    const path = await newPath();
    GivenAnswers.open(path).add(7, idOf(1), []);
    const given = GivenAnswers.open(path);
    given.add(7, idOf(2), []);
    given.confirmed(1000);
    expect(idsOf(given)).toEqual([idOf(2), idOf(1)]);
    given.written(7, 1100);
    given.written(9, 2000);
    given.confirmed(1099);
    expect(idsOf(given)).toHaveLength(2);
    given.confirmed(1100);
    expect(idsOf(given)).toEqual([]);
  });

  it("leave no file after clear", async () => {
    const path = await newPath();
    const given = GivenAnswers.open(path);
    given.add(1, idOf(1), []);
    given.clear();
    expect([given.list(), existsSync(path)]).toEqual([[], false]);
  });

  it("are 512 at most", async () => {
    const path = await newPath();
    const given = GivenAnswers.open(path);
    for (let number = 0; number < 600; number += 1) given.add(number, idOf(number), []);
    for (const list of [idsOf(given), idsOf(GivenAnswers.open(path))]) {
      expect([list.length, list[0]]).toEqual([512, idOf(599)]);
    }
  });

  it("are 32 KB at most as a hello has them, and one that is longer alone hides no other", async () => {
    const path = await newPath();
    const given = GivenAnswers.open(path);
    const long = Array.from({ length: 20 }, (): RecipientAnswer => ({ letter: "D", text: "x".repeat(500) }));
    for (let number = 0; number < 10; number += 1) given.add(number, idOf(number), long);
    given.add(
      10,
      idOf(10),
      Array.from({ length: 100 }, () => ({ letter: "D", text: "x".repeat(500) })),
    );
    const done = given.list();
    expect(idsOf(given)).toEqual([idOf(9), idOf(8), idOf(7)]);
    const hello = writeHello({ ...DEFAULT_HELLO, done }, new FieldWriter()).done();
    expect(readHello(new FieldReader(hello)).done).toEqual(done);
    expect(idsOf(GivenAnswers.open(path))).toEqual([idOf(9), idOf(8), idOf(7)]);
  });

  it("are written anew when the file has grown beyond 256 KB", async () => {
    const path = await newPath();
    const given = GivenAnswers.open(path);
    const text = "x".repeat(900);
    let largest = 0;
    for (let number = 0; number < 1000; number += 1) {
      given.add(number, idOf(number), [{ letter: "Z", text }]);
      largest = Math.max(largest, statSync(path).size);
    }
    expect(largest).toBeGreaterThan(200 * 1024);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
    expect(GivenAnswers.open(path).list()).toEqual(given.list());
  });
});

describe("a file of given answers that is damaged", () => {
  async function twoLines(): Promise<{ path: string; content: Buffer; first: number }> {
    const path = await newPath();
    const given = GivenAnswers.open(path);
    given.add(1, idOf(1), MIXED);
    const first = statSync(path).size;
    given.add(2, idOf(2), MIXED);
    return { path, content: readFileSync(path), first };
  }

  it("is good for its whole lines when it is torn at any byte, and takes new ones", async () => {
    const { path, content, first } = await twoLines();
    for (let at = 0; at < content.length; at += 1) {
      writeFileSync(path, content);
      truncateSync(path, at);
      const whole = at >= content.length - 1 ? [idOf(2), idOf(1)] : at >= first - 1 ? [idOf(1)] : [];
      const given = GivenAnswers.open(path);
      expect(idsOf(given)).toEqual(whole);
      given.add(3, idOf(3), []);
      expect(idsOf(GivenAnswers.open(path))).toEqual([idOf(3), ...whole]);
    }
  });

  it("never has another answer than was given, whichever bit flips", async () => {
    const { path, content } = await twoLines();
    for (let bit = 0; bit < 8 * content.length; bit += 1) {
      const flipped = Buffer.from(content);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, flipped);
      const list = GivenAnswers.open(path).list();
      expect(list.length).toBeLessThanOrEqual(2);
      for (const { id, answers } of list) {
        expect([idOf(1), idOf(2)]).toContain(id);
        expect(answers).toEqual(MIXED);
      }
    }
  });

  it("is not read when it is much longer than any of ours", async () => {
    const { path } = await twoLines();
    truncateSync(path, 1e12);
    const given = GivenAnswers.open(path);
    given.add(3, idOf(3), []);
    expect(idsOf(GivenAnswers.open(path))).toEqual([idOf(3)]);
  });
});

describe("given answers on a disk that fails", () => {
  it("are remembered in this session, with one log line", async () => {
    const { lines, log } = newLog();
    const given = GivenAnswers.open(await brokenFolder(), log);
    given.add(1, idOf(1), []);
    given.add(2, idOf(2), []);
    given.save();
    expect(idsOf(given)).toEqual([idOf(2), idOf(1)]);
    given.clear();
    expect(lines).toMatchObject([{ event: "link-store-trouble" }]);
  });

  it("that is full are all in the file when there is room again", async ({ skip }) => {
    const disk = await tinyDisk();
    if (disk === undefined) return skip("no file system can be mounted here");
    const path = join(disk, "answers");
    const given = GivenAnswers.open(path);
    given.add(1, idOf(1), MIXED);
    writeFileSync(join(disk, "ballast"), Buffer.alloc(60 * 1024));
    for (let number = 2; number < 40; number += 1) given.add(number, idOf(number), MIXED);
    rmSync(join(disk, "ballast"));
    given.add(40, idOf(40), MIXED);
    expect(GivenAnswers.open(path).list()).toEqual(given.list());
    expect(given.list()).toHaveLength(40);
  });
});

it("an id that is none is not remembered as an answer", async () => {
  const given = GivenAnswers.open(await newPath());
  expect(() => given.add(1, "x\n", [])).toThrow("wanted 16 hex digits");
  expect(given.list()).toEqual([]);
});
