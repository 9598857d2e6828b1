import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** The guard in a folder of its own, with a `main` for each word that reports what it was given. */
const GUARD = fileURLToPath(new URL("../../qrelay.cjs", import.meta.url));
let home = "";
const guard = () => join(home, "qrelay.cjs");
const pretendOld = () => ["--require", join(home, "old.cjs")];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "qrelay-guard-"));
  await cp(GUARD, guard());
  const imports = Object.fromEntries(["hub", "spoke", "shared"].map((room) => [`#${room}/*.js`, `./${room}/*.js`]));
  await writeFile(join(home, "package.json"), JSON.stringify({ type: "module", imports }));
  for (const room of ["hub", "spoke", "shared/cli"]) {
    await mkdir(join(home, room), { recursive: true });
    await writeFile(join(home, room, "main.js"), mainOf(room));
  }
  await mkdir(join(home, "node_modules/.bin"), { recursive: true });
  await symlink(process.execPath, join(home, "node_modules/.bin/node"));
  await writeFile(join(home, "old.cjs"), PRETEND_OLD);
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** Stands in for a system Node that is too old, in the first process only (or in both, on request). */
const PRETEND_OLD = `
if (!process.env.QRELAY_REEXEC || process.env.ALWAYS_OLD) {
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
}`;

function mainOf(room: string): string {
  return `export async function main(argv) {
    if (argv[0] === "wait") {
      const alive = setInterval(() => {}, 1000);
      const signal = await new Promise((done) => {
        for (const name of ["SIGTERM", "SIGINT"]) process.once(name, done);
        process.stdout.write("ready\\n");
      });
      clearInterval(alive);
      process.stdout.write(signal + "\\n");
      return 0;
    }
    if (argv[0] === "checkpassword") {
      const { readFileSync } = await import("node:fs");
      process.stdout.write(readFileSync(3, "utf8"));
      return 111;
    }
    if (argv[0] === "throw") throw new Error("unforeseen");
    if (argv[0] === "die") process.kill(process.pid, "SIGKILL");
    if (argv[0] === "much") process.stdout.write("x".repeat(3_000_000));
    else process.stdout.write(JSON.stringify({ room: "${room}", argv, reexec: process.env.QRELAY_REEXEC ?? null }));
    return argv[0] === "left" ? 75 : 0;
  }`;
}

interface Ended {
  code: number | string | null;
  signal: string | null;
  out: string;
  err: string;
}

function start(options: string[], words: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const settings = { env: { PATH: process.env.PATH, ...env }, maxBuffer: 4_000_000 };
    execFile(process.execPath, [...options, guard(), ...words], settings, (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code ?? null), signal: error?.signal ?? null, out, err });
    });
  });
}

describe("the guard qrelay.cjs", () => {
  it.each([
    [["hub", "run", "--json"], "hub", ["run", "--json"]],
    [["spoke", "flush"], "spoke", ["flush"]],
    [["demo", "--once"], "shared/cli", ["demo", "--once"]],
    [[], "shared/cli", []],
  ])("hands %j to its main", async (words, room, argv) => {
    const { code, out } = await start([], words);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ room, argv, reexec: null });
  });

  it("ends with main's code once all output is written", async () => {
    expect((await start([], ["hub", "left"])).code).toBe(75);
    expect((await start([], ["hub", "much"])).out).toHaveLength(3_000_000);
  });

  it("ends with 75 and the reason when main throws", async () => {
    const { code, err } = await start([], ["hub", "throw"]);
    expect(code).toBe(75);
    expect(err).toContain("unforeseen");
  });

  it("restarts with the pinned Node when started by an old one, and keeps the exit code", async () => {
    const { code, out } = await start(pretendOld(), ["spoke", "left", "a b"]);
    expect(code).toBe(75);
    expect(JSON.parse(out)).toEqual({ room: "spoke", argv: ["left", "a b"], reexec: null });
  });

  it.each([
    ["by itself", () => []],
    ["to the pinned Node", pretendOld],
  ])("hands the descriptor of checkpassword on %s", async (_, options: () => string[]) => {
    const child = spawn(process.execPath, [...options(), guard(), "checkpassword", "id"], {
      stdio: ["ignore", "pipe", "inherit", "pipe"],
      env: { PATH: process.env.PATH },
    });
    (child.stdio[3] as Writable).end("what is handed over");
    const code = new Promise((resolve) => child.once("close", resolve));
    expect([await text(child.stdout as Readable), await code]).toEqual(["what is handed over", 111]);
  });

  it("dies of the signal that its restarted self died of", async () => {
    expect((await start(pretendOld(), ["spoke", "die"])).signal).toBe("SIGKILL");
  });

  it("gives up with 78 and the cure when the pinned Node is old as well", async () => {
    const { code, err } = await start(pretendOld(), ["hub"], { ALWAYS_OLD: "1" });
    expect(code).toBe(78);
    expect(err).toMatch(/needs Node 24\.15 or later, this is 20\.20\.2: run npm ci/);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("passes %s on to its restarted self", async (signal) => {
    const child = spawn(process.execPath, [...pretendOld(), guard(), "hub", "wait"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH },
    });
    let out = "";
    child.stdout.on("data", (bytes) => {
      if (out === "") child.kill(signal);
      out += bytes;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, out]).toEqual([0, `ready\n${signal}\n`]);
  });
});
