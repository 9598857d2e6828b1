/** What takes minutes: rows M5 and P5 in full. Runs with QRELAY_SLOW=1 only. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, qrelay, submit } from "../../support/star.ts";
import { useStar } from "../scene.ts";

const scene = useStar({
  offices: ["mazar"],
  people: { bob: "kabul", holly: "mazar" },
  hubToml: `[[smtp.rule]]\nfrom = "127.0.0.1"\nrelay = true\n`,
});

const ENTRIES = 100_000;
const SESSIONS = 20;
const MB = 1_000_000;

function peak(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

function fillQueue(): void {
  const folder = join(scene.star.hub, "queue/office/mazar/new");
  const born = Math.floor(Date.now() / 1000) - 1000;
  for (let count = 0; count < ENTRIES; count++) {
    const id = count
      .toString(32)
      .toUpperCase()
      .replace(/[0189]/g, (digit) => `W${"XYZV"["0189".indexOf(digit)]}`)
      .padStart(16, "A");
    const envelope = `Return-Path: <a@outside.example>\nDelivered-To: holly@mazar.example.org\n`;
    const text = `${envelope}X-Qrelay-Entry: id=${id} born=${born}\nSubject: number ${count}\n\nx\n`;
    writeFileSync(join(folder, `${born}.Q${id}-aaaaaaaa.kabul.example.org`), text);
  }
}

describe.runIf(process.env.QRELAY_SLOW === "1")("a node under load", () => {
  it("begins to drain 100,000 entries within seconds, in flat memory", async () => {
    fillQueue();
    const before = peak(scene.hub.pid);
    const began = performance.now();
    const to = `127.0.0.1:${scene.hub.port("link")}`;
    const window = qrelay([
      "spoke",
      "flush",
      "--connect",
      to,
      "--for",
      "20s",
      "--json",
      "--dir",
      scene.star.spoke("mazar"),
    ]);
    await eventually(() => scene.count("mazar", { person: "holly" }, "number"));
    const started = performance.now() - began;
    const { out } = await window;
    process.stderr.write(`First of ${ENTRIES} after ${Math.round(started)} ms; ${out}`);
    expect(started).toBeLessThan(4000);
    expect(peak(scene.hub.pid) - before).toBeLessThan(150_000);
  }, 300_000);

  it("takes 20 messages of 25 MB at once in less than 200 MB more", async () => {
    const text = `Subject: big\n\n${`${"x".repeat(98)}\n`.repeat(240_000)}`;
    const before = peak(scene.hub.pid);
    const send = () => submit(scene.hub.port("smtp"), "a@outside.example", ["bob@example.org"], text);
    const replies = await Promise.all(Array.from({ length: SESSIONS }, send));
    expect(replies.every(({ ok }) => ok)).toBe(true);
    process.stderr.write(`Grown by ${peak(scene.hub.pid) - before} KB for ${(SESSIONS * text.length) / MB} MB\n`);
    expect(peak(scene.hub.pid) - before).toBeLessThan(200_000);
  }, 300_000);
});
