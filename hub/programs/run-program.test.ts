import { readdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { programAccount } from "./account.ts";
import { programEnvironment } from "./environment.ts";
import { runProgram } from "./run-program.ts";

const LIMITS = { timeoutMs: 20_000 };
const NEVER = new AbortController().signal;
const ENV = { PATH: process.env.PATH ?? "" };

async function* message(text = "Subject: hello\n\nbody\n"): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function run(command: string, limits = LIMITS, signal = NEVER, text?: string) {
  return runProgram(command, ENV, message(text), limits, signal);
}

describe("a program's exit code", () => {
  it.each([0])("%i goes on", async (code) => {
    expect(await run(`cat >/dev/null; exit ${code}`)).toBe("go-on");
  });

  it("99 stops with success", async () => {
    expect(await run("exit 99")).toBe("stop");
  });

  it.each([100, 64, 65, 70, 76, 77, 78, 112])("%i fails the message", async (code) => {
    expect(await run(`echo "no such list"; exit ${code}`)).toMatchObject({ kind: "failed", text: "no such list" });
  });

  it.each([1, 2, 75, 111, 127])("%i defers it", async (code) => {
    expect(await run(`exit ${code}`)).toMatchObject({ kind: "deferred", text: expect.stringContaining(`${code}`) });
  });

  it("of a program that was killed defers it", async () => {
    expect(await run("kill -9 $$")).toMatchObject({ kind: "deferred", text: expect.stringContaining("SIGKILL") });
  });
});

describe("a program", () => {
  it("gets the whole message, and may leave it unread", async () => {
    const long = `Subject: long\n\n${"x".repeat(3_000_000)}\n`;
    expect(await run(`test $(wc -c) = ${long.length}`, LIMITS, NEVER, long)).toBe("go-on");
    expect(await run("exec <&-; exit 0", LIMITS, NEVER, long)).toBe("go-on");
  });

  it("that takes too long is ended with all that it started, and the mail waits", async () => {
    const mark = `sleep 98765${process.pid}`;
    const end = await run(`${mark} & ${mark}`, { timeoutMs: 300 });
    expect(end).toMatchObject({ kind: "deferred", status: "4.4.7" });
    expect(commandLines().filter((line) => line.includes(mark) && !line.includes("ulimit"))).toEqual([]);
  });

  it("is over when it has ended, whatever it has left behind", async () => {
    const began = performance.now();
    expect(await run("echo gone; setsid sleep 30 & exit 100")).toMatchObject({ kind: "failed", text: "gone" });
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it("is not begun when the hub stops", async () => {
    expect(await run("exit 0", LIMITS, AbortSignal.abort())).toMatchObject({ kind: "deferred", status: "4.3.2" });
  });

  it("is ended when the hub stops", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    expect(await run("sleep 60", LIMITS, stop.signal)).toMatchObject({ kind: "deferred" });
  });

  it("that says too much is heard to the end, and quoted in part", async () => {
    const end = await run("yes mistake | head -c 1000000; exit 100");
    expect(end).toMatchObject({ kind: "failed" });
    expect((end as { text: string }).text.length).toBeLessThanOrEqual(500);
  });

  it("knows nothing of the hub's own environment", async () => {
    process.env.QRELAY_SECRET = "x";
    expect(await run("env | grep -q QRELAY && exit 100; exit 0")).toBe("go-on");
    delete process.env.QRELAY_SECRET;
  });

  it.runIf(userInfo().uid === 0)("runs as the account that was named", async () => {
    const account = programAccount("nobody");
    if (account === undefined) throw new Error("there is nobody");
    const end = await runProgram("test $(id -un) = nobody", ENV, message(), { ...LIMITS, account }, NEVER);
    expect(end).toBe("go-on");
  });
});

describe("the account of programs", () => {
  it("is ours when it is named", () => {
    expect(programAccount(userInfo().username)).toBeUndefined();
  });

  it("must be there", () => {
    expect(() => programAccount("no-such-account")).toThrow(/there is no such account/);
  });
});

describe("the environment", () => {
  const run = { instructions: [], person: "holly", extension: "a-b-c-d", rest: "c-d" };
  const mail = { sender: "ann@far.example.net", recipient: "holly-a-b-c-d@mail.example.org", now: 1_700_000_000 };

  it("is qmail-command's", () => {
    expect(programEnvironment(run, mail)).toMatchObject({
      SENDER: "ann@far.example.net",
      NEWSENDER: "ann@far.example.net",
      RECIPIENT: "holly-a-b-c-d@mail.example.org",
      USER: "holly",
      LOCAL: "holly-a-b-c-d",
      HOST: "mail.example.org",
      HOST2: "mail.example",
      HOST3: "mail",
      HOST4: "",
      EXT: "a-b-c-d",
      EXT2: "b-c-d",
      EXT3: "c-d",
      EXT4: "d",
      DEFAULT: "c-d",
      DTLINE: "Delivered-To: holly-a-b-c-d@mail.example.org\n",
      RPLINE: "Return-Path: <ann@far.example.net>\n",
      UFLINE: "From ann@far.example.net Tue 14 Nov 2023 22:13:20 GMT\n",
    });
  });

  it("has no DEFAULT where nothing stands for one", () => {
    expect(programEnvironment({ ...run, rest: "" }, mail)).not.toHaveProperty("DEFAULT");
  });

  it("brings no line end of a stranger's", () => {
    const env = programEnvironment(run, { ...mail, sender: "a\nX: b@example.net" });
    expect(env.SENDER).toBe("a X: b@example.net");
    expect(env.RPLINE).toBe("Return-Path: <a X: b@example.net>\n");
  });
});

function commandLines(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
