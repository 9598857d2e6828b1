/** What the radio operator does with a window that is under way: ctrl-C, with and without a daemon; and scripts that want none of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlushReport } from "#spoke/flush.js";
import { NODE, qrelay, ROOT } from "../../support/node-process.ts";
import { eventually } from "../../support/star.ts";
import { startThinLine, type ThinLine } from "../../support/thin-line/thin-line.ts";
import { useStar } from "../scene.ts";

/** 1,000 bytes a second each way. */
const SLOW = {
  says: "a slow line that does not break",
  ...{ up: 8000, down: 8000, latency: 50, half: false, turn: 0, setup: 0 },
  ...{ mtbcSec: 1e9, windowSec: 1e9, windowsPerDay: 1 },
};
/** A minute and a half of that line; text that no encoding makes shorter. */
const LARGE = `From: holly@herat.example.org\nSubject: large\n\n${randomBytes(90_000).toString("hex").match(/.{76}/g)?.join("\n")}\n`;
const TEST_MS = 60_000;

const scene = useStar({ offices: ["herat"], people: { maria: "kabul", holly: "herat" } });
let line: ThinLine;

beforeAll(async () => {
  line = await startThinLine({
    profile: SLOW,
    connect: { host: "127.0.0.1", port: scene.hub.port("link") },
    cuts: false,
  });
  await scene.send("herat", "holly@herat.example.org", "maria@example.org", LARGE);
  await scene.waiting("herat", "outbound", "large");
});
afterAll(() => line?.close());

/** `spoke flush` over the slow line, once the large message is crossing. */
async function flushing(words: readonly string[] = []) {
  const before = line.stats().connections;
  const child = spawn(
    NODE,
    [
      ...[join(ROOT, "qrelay.cjs"), "spoke", "flush", "--connect", `127.0.0.1:${line.port}`],
      ...["--dir", scene.folder("herat"), ...words],
    ],
    { stdio: ["ignore", "pipe", "pipe"], timeout: TEST_MS, killSignal: "SIGKILL" },
  );
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  const code = once(child, "close").then(([exit]) => exit as number);
  await eventually(async () => line.stats().connections > before, 20_000, "a connection of the flush");
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return { said, code, child };
}

function interrupt(child: ChildProcess): void {
  child.kill("SIGINT");
}

describe.each([
  ["with the daemon", async () => undefined],
  ["without a daemon", async () => void (await scene.stop("herat"))],
])("ctrl-C on a flush %s", (_how, prepare) => {
  beforeAll(prepare);

  it(
    "once ends the session cleanly, with a report of what is left",
    async () => {
      const { said, code, child } = await flushing();
      interrupt(child);
      expect(await code).toBe(75);
      expect(said.err).toBe("Ending the session; press ctrl-C again to break off\n");
      expect(said.out).toContain("The session ended early: stopped on request.\n1 message (");
      expect(said.out).toContain("waits here.\nNo window is planned: run qrelay spoke flush again.\n");
    },
    TEST_MS,
  );

  it(
    "twice breaks it off at once, and the message is still there",
    async () => {
      const { said, code, child } = await flushing();
      interrupt(child);
      await eventually(async () => said.err.includes("Ending the session"), 5000, "the first ctrl-C was heard");
      const began = performance.now();
      interrupt(child);
      expect(await code).toBe(75);
      expect(performance.now() - began).toBeLessThan(2000);
      expect(await scene.count("herat", { queue: "outbound" }, "large")).toBe(1);
    },
    TEST_MS,
  );
});

describe("a script that flushes", () => {
  it(
    "gets the document and nothing else with --json, and 75 while something is left",
    async () => {
      const { said, code } = await flushing(["--for", "3s", "--json"]);
      expect(await code).toBe(75);
      expect(said.err).toBe("");
      const report = JSON.parse(said.out) as FlushReport;
      expect(report).toMatchObject({ ended: "time", sent: { messages: 0 }, left: { messages: 1 } });
      expect(report.wire.up).toBeGreaterThan(1000);
    },
    TEST_MS,
  );

  it("hears nothing with --quiet when there is no link, and something without", async () => {
    // Port 1 of this machine: nobody listens there.
    const words = ["spoke", "flush", "--connect", "127.0.0.1:1", "--dir", scene.folder("herat")];
    expect(await qrelay([...words, "--quiet"])).toEqual({ code: 69, out: "", err: "" });
    const loud = await qrelay(words);
    expect(loud).toMatchObject({ code: 69, err: "" });
    expect(loud.out).toMatch(/^No link after \d s: .*127\.0\.0\.1:1/);
  });

  it("finds the windows so far in status, in plain words", async () => {
    const { out } = await qrelay(["spoke", "status", "--dir", scene.folder("herat")]);
    expect(out).toContain("herat: 1 message waits (");
    expect(out.match(/^window: .*$/gm)).toHaveLength(3);
    expect(out).toMatch(/: no link$/m);
  });
});
