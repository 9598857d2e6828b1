import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Arrival } from "./accept.ts";
import { createFilter, type FilterOptions, filterEnvironment } from "./filter.ts";
import { arrival } from "./test-bench.ts";

const TEXT = "Subject: hello\n\nbody\n";
const PARTIAL = join(tmpdir(), "qrelay-test-partial");

/** `script` is sh's, for the test alone: the filter gives words and no shell. */
function filterOf(script: string, more: Partial<FilterOptions> = {}) {
  return createFilter({
    words: ["/bin/sh", "-c", script],
    timeoutMs: 20_000,
    account: () => undefined,
    maxMessage: 100_000,
    partial: PARTIAL,
    signal: new AbortController().signal,
    ...more,
  });
}

async function judge(script: string, more: Partial<FilterOptions> = {}, text = TEXT, came: Partial<Arrival> = {}) {
  const coming = await arrival(text, ["a@example.org", "b@example.org"], came);
  const filtered = await filterOf(script, more)(coming);
  await coming.spool.discard();
  if (filtered.kind !== "replaced") return filtered;
  const pieces: Uint8Array[] = [];
  for await (const piece of filtered.spool.chunks()) pieces.push(Buffer.from(piece));
  await filtered.spool.discard();
  return { kind: filtered.kind, message: Buffer.concat(pieces).toString() };
}

describe("the word of a filter", () => {
  it.each([
    ["0 takes the message", "exit 0", { kind: "taken" }],
    ["0 takes it, whatever it wrote", "echo spam; exit 0", { kind: "taken" }],
    [
      "99 gives another one",
      "sed s/body/changed/; exit 99",
      { kind: "replaced", message: "Subject: hello\n\nchanged\n" },
    ],
    [
      "100 refuses, with its words in one line",
      "echo one; printf 'two\\007\\n'; exit 100",
      { kind: "refused", text: "one two" },
    ],
    [
      "100 refuses with what it says to stderr rather",
      "echo out; echo err >&2; exit 100",
      { kind: "refused", text: "err" },
    ],
    ["100 refuses without a word", "exit 100", { kind: "refused", text: "refused by the filter of this node" }],
  ])("%s", async (_what, script, word) => {
    expect(await judge(script)).toEqual(word);
  });

  it.each([64, 65, 70, 76, 77, 78, 112])("%i refuses", async (code) => {
    expect(await judge(`exit ${code}`)).toMatchObject({ kind: "refused" });
  });

  it.each<[what: string, script: string, more: Partial<FilterOptions>, text: RegExp]>([
    ["another code", "exit 1", {}, /ended with 1/],
    ["another code, with words", "echo later; exit 75", {}, /: later$/],
    ["a signal", "kill -9 $$", {}, /SIGKILL/],
    ["no end", "sleep 60", { timeoutMs: 200 }, /longer than 0\.2 s/],
    ["a program that is not there", "", { words: ["/nonexistent/filter"] }, /not found/],
    [
      "an account that is not there",
      "",
      {
        account: () => {
          throw new Error("no such account");
        },
      },
      /no such account/,
    ],
    ["99 and nothing", "exit 99", {}, /is empty/],
    [
      "99 and no message",
      "echo; exit 99",
      { words: ["/bin/sh", "-c", "echo '(error)'; exit 99"] },
      /does not begin with a header/,
    ],
    ["99 and too much", "yes 'Subject: x' | head -c 200000; exit 99", {}, /longer than/],
    ["99 and an output that does not end", "echo 'A: b'; setsid sleep 30 & exit 99", {}, /did not end/],
  ])("is not clear: %s", async (_what, script, more, text) => {
    expect(await judge(script, more)).toMatchObject({ kind: "deferred", text: expect.stringMatching(text) });
  });

  it("may come before it has read the message", async () => {
    const long = `Subject: long\n\n${`${"x".repeat(70)}\n`.repeat(40_000)}`;
    expect(await judge("exec <&-; exit 0", {}, long)).toEqual({ kind: "taken" });
  });

  it("gives back a large message byte for byte", async () => {
    const long = `Subject: long\n\n${randomBytes(600_000).toString("base64")}`;
    expect(await judge("cat; exit 99", { maxMessage: 2_000_000 }, long)).toEqual({ kind: "replaced", message: long });
  });

  it("is not waited for when the node stops, and not asked for after that", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const judging = judge("sleep 60", { signal: stop.signal });
    expect(await judging).toMatchObject({ kind: "deferred" });
    expect(await judge("exit 0", { signal: stop.signal })).toMatchObject({ kind: "deferred" });
  });
});

describe("a filter", () => {
  it("has its words as they are written; no shell makes anything of them", async () => {
    const words = ["/bin/sh", "-c", 'test "$1" = "\\$(id) ; *" && exit 99', "sh", "$(id) ; *"];
    expect(await judge("", { words })).toMatchObject({ kind: "deferred", text: expect.stringContaining("is empty") });
  });

  it("runs ten at a time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "qrelay-filter-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const filter = filterOf(
      `touch ${folder}/$$.run; ls ${folder} | grep -c run >> ${folder}/log; sleep 0.3; rm ${folder}/$$.run`,
    );
    const came = await Promise.all(Array.from({ length: 25 }, () => arrival(TEXT, ["a@example.org"])));
    expect(await Promise.all(came.map(filter))).toEqual(came.map(() => ({ kind: "taken" })));
    const counts = (await readFile(join(folder, "log"), "utf8")).trim().split("\n").map(Number);
    expect(counts).toHaveLength(25);
    expect(Math.max(...counts)).toBeLessThanOrEqual(10);
    expect(Math.max(...counts)).toBeGreaterThan(1);
  });

  it("is not asked for ever: who finds no place in time is deferred, and the places come back", async () => {
    const folder = await mkdtemp(join(tmpdir(), "qrelay-filter-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const filter = filterOf(`test -e ${folder}/quick || sleep 60`, { timeoutMs: 400 });
    const came = await Promise.all(Array.from({ length: 25 }, () => arrival(TEXT, ["a@example.org"])));
    const words = await Promise.all(came.map(filter));
    expect(words).toEqual(came.map(() => ({ kind: "deferred", text: expect.any(String) })));
    expect(words).toContainEqual({ kind: "deferred", text: expect.stringContaining("busy") });
    await writeFile(join(folder, "quick"), "");
    expect(await filter(await arrival(TEXT, ["a@example.org"]))).toEqual({ kind: "taken" });
  });
});

describe("the environment of a filter", () => {
  it("has who and whence, and nothing of the node's own", async () => {
    process.env.QRELAY_SECRET = "x";
    const came = await arrival(TEXT, ["a@example.org", "b@example.org"], {
      entrance: { listener: "submission", account: "holly@example.org" },
    });
    delete process.env.QRELAY_SECRET;
    expect(filterEnvironment(came)).toEqual({
      PATH: expect.any(String),
      HOME: "/",
      SENDER: "ana@example.net",
      RECIPIENTS: "a@example.org\nb@example.org",
      RECIPIENTS_LEFT_OUT: "0",
      CLIENT: "192.0.2.1",
      ACCOUNT: "holly@example.org",
      LISTENER: "submission",
    });
  });

  it("lets no address be two lines, and no list be longer than a program can be started with", async () => {
    const recipients = Array.from({ length: 5000 }, (_, index) => ({
      address: `${"x".repeat(60)}${index}@example.org`,
    }));
    const envelope = { sender: "a\nb@example.net", recipients };
    const env = filterEnvironment(await arrival(TEXT, [], { envelope }));
    expect(env.SENDER).toBe("a b@example.net");
    const listed = env.RECIPIENTS?.split("\n").length ?? 0;
    expect(listed + Number(env.RECIPIENTS_LEFT_OUT)).toBe(5000);
    expect(await judge("exit 0", {}, TEXT, { envelope })).toEqual({ kind: "taken" });
  });
});
