import { mkdtemp, rm, stat } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { askDaemon, type ControlHandler, controlPath, DaemonError, daemonAnswers, serveControl } from "./control.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-control-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function serving(handlers: Record<string, ControlHandler>): Promise<void> {
  const server = await serveControl(dir, handlers);
  onTestFinished(() => server.close());
}

const ask = (command: string, args = {}, options = {}) => askDaemon(dir, { command, args }, options);

/** What the daemon answers to raw bytes. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(controlPath(dir));
  socket.end(bytes);
  let said = "";
  for await (const chunk of socket) said += String(chunk);
  return said;
}

describe("a command and the daemon of its folder", () => {
  it("ask and answer, with progress on the way", async () => {
    await serving({
      flush: async (args, progress) => {
        progress({ sent: 1 });
        progress({ sent: 2 });
        return { office: args.office };
      },
    });
    const seen: unknown[] = [];
    const answer = await ask("flush", { office: "herat" }, { onProgress: (value: unknown) => seen.push(value) });
    expect(answer).toEqual({ result: { office: "herat" } });
    expect(seen).toEqual([{ sent: 1 }, { sent: 2 }]);
  });

  it("give null for a result that is nothing", async () => {
    await serving({ work: async () => undefined });
    expect(await ask("work")).toEqual({ result: null });
  });

  it("pass an error on in its own words, with its exit code", async () => {
    await serving({ work: async () => Promise.reject(Object.assign(new Error("Cannot do it: no"), { exit: 65 })) });
    const error = await ask("work").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DaemonError);
    expect(error).toMatchObject({ message: "Cannot do it: no", exit: 65 });
    await expect(ask("toString")).rejects.toThrow('does not know the command "toString"');
  });

  it("know that nobody is there: no socket file, or one whose daemon was killed", async () => {
    expect(await ask("work")).toBeUndefined();
    expect(await daemonAnswers(dir)).toBe(false);
    // A killed daemon leaves its socket file: unlike close(), the end of a process removes nothing.
    const { execFileSync } = await import("node:child_process");
    const leave = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
    expect(() => execFileSync(process.execPath, ["-e", leave, controlPath(dir)], { stdio: "ignore" })).toThrow();
    expect((await stat(controlPath(dir))).isSocket()).toBe(true);
    expect(await ask("work")).toBeUndefined();
    await serving({ work: async () => "served" });
    expect(await ask("work")).toEqual({ result: "served" });
    expect(await daemonAnswers(dir)).toBe(true);
  });

  it("stop the work when the command goes away", async () => {
    let heard = false;
    await serving({
      work: (_args, _progress, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            heard = true;
            resolve(undefined);
          });
        }),
    });
    const stop = new AbortController();
    const asked = ask("work", {}, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(asked).rejects.toThrow("Stopped");
    await vi.waitFor(() => expect(heard).toBe(true));
  });

  it.each([
    ["at once", 0],
    ["later", 50],
  ])("end the work cleanly when the command wants it %s, and it still gets the result", async (_when, ms) => {
    await serving({
      work: (_args, _progress, gone, wish) =>
        new Promise((resolve) => {
          const end = (): void => resolve({ gone: gone.aborted });
          if (wish.aborted) end();
          else wish.addEventListener("abort", end);
        }),
    });
    const stop = new AbortController();
    if (ms === 0) stop.abort();
    else setTimeout(() => stop.abort(), ms);
    expect(await ask("work", {}, { stop: stop.signal })).toEqual({ result: { gone: false } });
  });

  it("say so when the daemon ends in the middle", async () => {
    const server = createServer((socket) => void socket.once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(controlPath(dir), resolve));
    onTestFinished(() => void server.close());
    await expect(ask("work")).rejects.toThrow("The daemon stopped before it had answered");
  });

  it("are for the node's own user only", async () => {
    await serving({});
    expect((await stat(controlPath(dir))).mode & 0o777).toBe(0o600);
  });
});

describe("a request that is none", () => {
  it.each([
    ["no JSON", "hello\n"],
    ["no object", "7\n"],
    ["no command", '{"args":{}}\n'],
    ["a megabyte", `{"command":"${"x".repeat(1_000_000)}"}\n`],
  ])("%s is answered with an error", async (_what, bytes) => {
    await serving({ work: async () => "served" });
    const said = await raw(bytes).catch(() => '{"error":"cut"}');
    expect(JSON.parse(said)).toHaveProperty("error");
    expect(await ask("work")).toEqual({ result: "served" });
  });
});
