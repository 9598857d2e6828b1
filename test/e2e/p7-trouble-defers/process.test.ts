/** Rows P1 and P3: a process that is told to stop, and one that has no descriptors left. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/star.ts";
import { letter, useStar } from "../scene.ts";
import { openWire } from "../wire.ts";

const scene = useStar({ people: { bob: "kabul" }, set: ["limits.per-address=200", "limits.connections=200"] });

const SESSIONS = 50;
const DATA = ["EHLO c", "MAIL FROM:<a@outside.example>", "RCPT TO:<bob@example.org>", "DATA"];

async function inData(mark: string) {
  const wire = await openWire(scene.hub.port("smtp"));
  await wire.reply();
  for (const command of DATA) await wire.ask(`${command}\r\n`);
  wire.socket.write(letter(mark).replaceAll("\n", "\r\n"));
  return wire;
}

describe("SIGTERM during many sessions", () => {
  it("lets what is in DATA finish, says 421 to the rest, and exits 0", async () => {
    const sending = await Promise.all(
      Array.from({ length: SESSIONS / 2 }, (_, index) => inData(`last words ${index}.`)),
    );
    const idle = await Promise.all(Array.from({ length: SESSIONS / 2 }, () => openWire(scene.hub.port("smtp"))));
    for (const wire of idle) await wire.reply();
    const pop3 = await openWire(scene.hub.port("pop3"));
    const began = performance.now();
    const stopped = scene.stop("hub");
    await sleep(300);
    const replies = await Promise.all(sending.map((wire) => wire.ask(".\r\n")));
    for (const reply of replies) expect(reply).toMatch(/^250 /);
    for (const wire of idle) expect(wire.heard()).toMatch(/^421 /m);
    expect(await stopped).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    pop3.close();
    expect(await scene.count("hub", { person: "bob" }, "last words")).toBe(SESSIONS / 2);
    await scene.start("hub");
  });

  it("ends in about ten seconds also when a client in DATA never finishes, and keeps nothing of it", async () => {
    const wire = await inData("never ends");
    const began = performance.now();
    expect(await scene.stop("hub")).toBe(0);
    expect(performance.now() - began).toBeLessThan(15_000);
    wire.close();
    expect(await scene.count("hub", { person: "bob" }, "never ends")).toBe(0);
    await scene.start("hub");
  });
});

/** Seconds of processor time so far (proc(5), fields 14 and 15, in hundredths). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe("a process without descriptors", () => {
  it("does not spin, keeps what it has acknowledged and takes mail again when there are some", async () => {
    const { pid } = scene.hub;
    execFileSync("prlimit", ["--pid", String(pid), "--nofile=64:"]);
    const before = cpuSeconds(pid);
    const wires = await Promise.all(
      Array.from({ length: 120 }, () => openWire(scene.hub.port("smtp")).catch(() => undefined)),
    );
    await sleep(2000);
    expect(cpuSeconds(pid) - before).toBeLessThan(1.5);
    for (const wire of wires) wire?.close();
    await eventually(async () => {
      const reply = await scene.send("hub", "friend@outside.example", "bob@example.org", letter("after the flood"));
      return reply.ok;
    }, 20_000);
    await scene.arrived("hub", "bob", "after the flood");
    execFileSync("prlimit", ["--pid", String(pid), "--nofile=1024:"]);
  });

  it("in the middle of storing defers, and never says 250 for what it could not store", async () => {
    const { pid } = scene.hub;
    const wires = await Promise.all(Array.from({ length: 8 }, (_, index) => inData(`squeezed ${index}.`)));
    // Every descriptor above the present ones is refused.
    const used = Number(execFileSync("sh", ["-c", `ls /proc/${pid}/fd | sort -n | tail -1`], { encoding: "utf8" }));
    execFileSync("prlimit", ["--pid", String(pid), `--nofile=${used + 1}:`]);
    const replies = await Promise.all(wires.map((wire) => wire.ask(".\r\n")));
    execFileSync("prlimit", ["--pid", String(pid), "--nofile=1024:"]);
    const taken = replies.filter((reply) => reply.startsWith("250 ")).length;
    for (const reply of replies) expect(reply).toMatch(/^(250 |45\d 4\.3\.\d )/);
    expect(await scene.count("hub", { person: "bob" }, "squeezed")).toBe(taken);
    expect((await scene.send("hub", "a@outside.example", "bob@example.org", letter("squeeze over"))).ok).toBe(true);
  });
});
