import { spawn } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { NODE, ROOT } from "../../support/node-process.ts";
import type { Scene } from "../scene.ts";

interface Ended {
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** As qmail-popup does it: `handed` on descriptor 3, and the client's next words already waiting on 0. */
async function check(dir: string, handed: string, program: readonly string[], stdin = ""): Promise<Ended> {
  const words = [join(ROOT, "qrelay.cjs"), "checkpassword", ...program];
  const env = { PATH: process.env.PATH, QRELAY_DIR: dir };
  const child = spawn(NODE, words, { stdio: ["pipe", "pipe", "pipe", "pipe"], env });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stdin.end(stdin);
  const descriptor = child.stdio[3] as Writable;
  // Who is called wrongly does not read it.
  descriptor.on("error", () => undefined).end(handed);
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { pid: child.pid, code, out, err };
}

/** checkpassword over the directory of a node, whose daemon runs beside it. */
export function checkpassword(scene: Scene): void {
  it.each(["bob@example.org", "bob", "BOB@kabul.example.org"])(
    "runs a program as %s, in the mailbox",
    async (login) => {
      const tell = 'echo $USER $SHELL $$ "$@"; pwd; echo $HOME; ls; cat; exit 3';
      const words = ["sh", "-c", tell, "sh", "--json", "--dir", "x"];
      const { pid, code, out, err } = await check(
        scene.star.hub,
        `${login}\0secret of bob\0Y1\0`,
        words,
        "next word\n",
      );
      const home = join(await realpath(scene.star.hub), "mailboxes/bob");
      expect(err).toBe("");
      expect(out.replaceAll(scene.star.hub, await realpath(scene.star.hub))).toBe(
        `bob /bin/sh ${pid} --json --dir x\n${home}\n${home}\nMaildir\nnext word\n`,
      );
      expect(code).toBe(3);
    },
  );

  it("works at an office, for the people posted there", async () => {
    await scene.flush("mazar");
    const dir = scene.star.spoke("mazar");
    const ok = await check(dir, "holly@example.org\0secret of holly\0\0", ["sh", "-c", "echo $HOME; ls"]);
    expect(ok).toMatchObject({ code: 0, out: `${join(dir, "mailboxes/holly")}\nMaildir\n`, err: "" });
    expect(await check(dir, "bob@example.org\0secret of bob\0\0", ["id"])).toMatchObject({ code: 1, out: "", err: "" });
  });

  it.each([
    ["a wrong password", "bob\0secret of bab\0\0", 1],
    ["an unknown person", "nobody\0secret of bob\0\0", 1],
    ["a strange domain", "bob@example.net\0secret of bob\0\0", 1],
    ["somebody posted elsewhere", "holly\0secret of holly\0\0", 1],
    ["an empty password", "bob\0\0\0", 1],
    ["too many bytes", `bob\0${"x".repeat(600)}\0\0`, 1],
    ["half of it", "bob\0secret of bob", 2],
    ["nothing", "", 2],
  ])("refuses %s and tells nobody what was given", async (_, handed, code) => {
    const said = await check(scene.star.hub, handed, ["id"]);
    expect([said.code, said.out]).toEqual([code, ""]);
    expect(said.err).not.toMatch(/bob|bab|holly|secret/);
  });

  it.each([
    [[], 2, /name the program/],
    [["--what", "id"], 2, /name the program/],
    [["no-such-program"], 111, /no such program/],
    [["--dir", "/nonexistent", "id"], 111, /no hub\.toml or spoke\.toml/],
  ])("ends %j with %i", async (words, code, reason) => {
    const said = await check(scene.star.hub, "bob\0secret of bob\0\0", words);
    expect([said.code, said.err]).toEqual([code, expect.stringMatching(reason)]);
  });

  it("leaves pipes as a program wants them, and runs scripts without an interpreter line", async () => {
    const handed = "bob\0secret of bob\0\0";
    const O_NONBLOCK = 0o4000;
    const { out } = await check(scene.star.hub, handed, ["cat", "/proc/self/fdinfo/0", "/proc/self/fdinfo/1"]);
    const flags = [...out.matchAll(/flags:\s*(\d+)/g)].map(([, octal = ""]) => Number.parseInt(octal, 8) & O_NONBLOCK);
    expect(flags).toEqual([0, 0]);
    const folder = await mkdtemp(join(tmpdir(), "qrelay-script-"));
    await writeFile(join(folder, "script"), "echo $USER; exit 9\n", { mode: 0o755 });
    const said = await check(scene.star.hub, handed, [join(folder, "script")]);
    await rm(folder, { recursive: true });
    expect([said.code, said.out]).toEqual([9, "bob\n"]);
  });
}
