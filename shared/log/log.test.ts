import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Level } from "./events.ts";
import { createLog } from "./log.ts";

function capture(level: Level = "debug", strict = true) {
  const lines: string[] = [];
  const destination = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      lines.push(line);
      done();
    },
  });
  const log = createLog({ level, destination, strict });
  return { log, destination, lines, last: () => JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown> };
}

describe("log.event", () => {
  it("writes one JSON line with time, level, event and the fields", () => {
    const { log, lines, last } = capture();
    log.event("accepted", { mail: "ABC", bytes: 12, recipients: ["a@b", "c@d"], peer: undefined });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith("}\n")).toBe(true);
    const { time, ...rest } = last();
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({ level: "info", event: "accepted", mail: "ABC", bytes: 12, recipients: ["a@b", "c@d"] });
  });

  it("leaves out what is quieter than the level", () => {
    const { log, lines } = capture("warn");
    log.event("accepted", {});
    log.event("auth-failed", {});
    expect(lines).toHaveLength(1);
  });

  it("keeps a stranger's text on its line and cuts it at 500 characters", () => {
    const { log, lines, last } = capture();
    log.event("smtp-refused", { text: `a\r\n\u001b[2J\u009b${"x".repeat(1000)}` });
    expect(lines[0]?.indexOf("\n")).toBe((lines[0]?.length ?? 0) - 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach the log
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(String(last().text)).toHaveLength(500);
  });

  it("redacts secrets at any depth and never shows bytes", () => {
    const { log, lines } = capture();
    log.event("auth-ok", {
      Password: "hunter2",
      person: { key: "hunter2", token: "hunter2" },
      blob: Buffer.from("hunter2"),
    });
    expect(lines[0]).not.toContain("hunter2");
  });

  it("lets no field replace time, level or event", () => {
    const { log, last } = capture();
    log.event("ready", { event: "x", level: "y", time: "z" });
    expect(last()).toMatchObject({ event: "ready", level: "info" });
  });

  it("survives a cycle, a bigint, a long list and an error", () => {
    const { log, last } = capture();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    log.event("internal-error", { cycle, big: 5n, list: Array(1000).fill(1), error: new Error("odd") });
    expect(last()).toMatchObject({ big: "5", error: "odd" });
    expect(last().list).toHaveLength(51);
  });

  it("throws on an unknown event in tests and warns in production", () => {
    expect(() => capture().log.event("no-such-event")).toThrow(/add a row/);
    const { log, last } = capture("info", false);
    log.event("no-such-event", { a: 1 });
    expect(last()).toMatchObject({ level: "warn", event: "no-such-event", a: 1 });
  });

  it("loses lines rather than memory when nobody takes them, and says how many", () => {
    const taken: string[] = [];
    let resume: (() => void) | undefined;
    const destination = new Writable({
      decodeStrings: false,
      write(line: string, _encoding, done) {
        taken.push(line);
        if (resume === undefined) resume = done;
        else done();
      },
    });
    const log = createLog({ level: "info", destination });
    for (let n = 0; n < 4000; n++) log.event("accepted", { sender: "x".repeat(450) });
    expect(destination.writableLength).toBeLessThan(1_100_000);
    resume?.();
    log.event("stopped", {});
    const events = taken.map((line) => JSON.parse(line) as { event: string; lines: number });
    expect(events.find(({ event }) => event === "log-dropped")?.lines).toBeGreaterThan(1000);
    expect(events.at(-1)?.event).toBe("stopped");
  });

  it("goes on when its destination breaks", async () => {
    const destination = new Writable({
      write(_line, _encoding, done) {
        done(new Error("ENOSPC"));
      },
    });
    const log = createLog({ level: "info", destination });
    for (let n = 0; n < 3; n++) {
      log.event("ready", {});
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe("the log on stderr", () => {
  const script = `
    import { createLog } from ${JSON.stringify(fileURLToPath(new URL("./log.ts", import.meta.url)))};
    const log = createLog({ level: "info" });
    for (let n = 0; n < 200; n++) log.event("accepted", { n });
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.event("stopped", {});
    process.exitCode = 3;
  `;
  const child = (stderr: "pipe" | number) =>
    spawn(process.execPath, ["--conditions=source", "--input-type=module", "-e", script], {
      stdio: ["ignore", "ignore", stderr],
    });

  it("is complete when the process ends", async () => {
    const run = child("pipe");
    let text = "";
    run.stderr?.on("data", (bytes) => {
      text += bytes;
    });
    expect(await new Promise((resolve) => run.on("close", resolve))).toBe(3);
    expect(text.trimEnd().split("\n")).toHaveLength(201);
  });

  it("does not stop the process when its reader goes away", async () => {
    const run = child("pipe");
    run.stderr?.destroy();
    expect(await new Promise((resolve) => run.on("close", resolve))).toBe(3);
  });

  it("does not stop the process when the disk is full", async () => {
    const run = child(openSync("/dev/full", "w"));
    expect(await new Promise((resolve) => run.on("close", resolve))).toBe(3);
  });
});
