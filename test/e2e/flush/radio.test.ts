/** A field office on HF: one direction at a time, as its spoke.toml says, with the real commands over the thin line. */
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlushReport } from "#spoke/flush.js";
import { NODE, qrelayJson } from "../../support/node-process.ts";
import { PROFILES, type Profile } from "../../support/thin-line/profile.ts";
import { startThinLine, type ThinLine } from "../../support/thin-line/thin-line.ts";
import { useStar } from "../scene.ts";

/** The radio's time goes faster; everything else is as it is. */
const SPEED = 10;
/** About 3 KB. */
const LETTER = `From: holly@herat.example.org\nSubject: well\n\n${"The pump of the second well has been repaired. ".repeat(64)}\n`;
/** ClientHello there; ServerHello back; the letter there; its answer back; the good-bye there. */
const TURNS = 4;
/** Both ways, TLS included; a session ticket would be 79 more. */
const LEAST_SESSION = 720;
const TEST_MS = 60_000;

const scene = useStar({ offices: ["herat"], people: { maria: "kabul", holly: "herat" } });
let line: ThinLine;

beforeAll(async () => {
  line = await startThinLine({
    profile: PROFILES["hf-good"] as Profile,
    connect: { host: "127.0.0.1", port: scene.hub.port("link") },
    speed: SPEED,
    cuts: false,
  });
  const dial = join(scene.dir, "dial.mjs");
  const relay = `import { connect } from "node:net";
const line = connect(${line.port}, "127.0.0.1", () => process.stdin.pipe(line).pipe(process.stdout));
`;
  await writeFile(dial, relay);
  await scene.stop("herat");
  const links = ["tls", "exec"].map((name) => {
    const connect = name === "tls" ? `tls://127.0.0.1:${line.port}` : `exec:${NODE} ${dial}`;
    return `\n[[link]]\nname = "${name}"\nconnect = "${connect}"\nduplex = "half"\norder = "send-first"\n`;
  });
  await appendFile(join(scene.folder("herat"), "spoke.toml"), links.join(""));
  await scene.start("herat");
});
afterAll(() => line?.close());

const flush = (link: string) =>
  qrelayJson<FlushReport>(["spoke", "flush", "--link", link, "--dir", scene.folder("herat")]);

describe.each(["tls", "exec"])("a window on HF by %s", (link) => {
  it(
    "brings one letter and its answer in three changes of direction, and a fourth for the good-bye",
    async () => {
      const before = line.stats().turns;
      await scene.send("herat", "holly@herat.example.org", "maria@example.org", LETTER);
      await scene.waiting("herat", "outbound", "well");
      const report = await flush(link);
      expect(report).toMatchObject({ ended: "drained", sent: { messages: 1 }, left: { messages: 0 } });
      expect(report.wire.up).toBeLessThan(1500);
      expect(line.stats().turns - before).toBe(TURNS);
      expect(await scene.mailbox("hub", "maria")).not.toHaveLength(0);
    },
    TEST_MS,
  );
});

it(
  "costs little when there is nothing to do",
  async () => {
    const { wire, ended } = await flush("tls");
    expect(ended).toBe("drained");
    expect(wire.up + wire.down).toBeLessThanOrEqual(LEAST_SESSION);
  },
  TEST_MS,
);
