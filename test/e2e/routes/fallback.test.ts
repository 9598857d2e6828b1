import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, qrelay, qrelayJson } from "../../support/star.ts";
import { startTlsSink, type TlsSink } from "../../support/tls-sink.ts";
import { letter, useStar } from "../scene.ts";

const scene = useStar({
  offices: ["mazar"],
  people: { bob: "kabul", holly: "mazar" },
  prepare: ({ hub }) => qrelayJson(["hub", "alias", "set", "info", "bob", "--dir", hub]),
});
let old: TlsSink;

beforeAll(async () => {
  old = await startTlsSink({ refuse: /^nobody/ });
});
afterAll(() => old?.close());

const setRoute = (...words: string[]) => qrelayJson(["hub", "route", "set", ...words, "--dir", scene.star.hub]);
const explain = async (address: string): Promise<string[]> => {
  const { steps } = await qrelayJson<{ steps: { rule: string; says: string }[] }>([
    ...["hub", "explain", address, "--client", "192.0.2.1", "--dir", scene.star.hub],
  ]);
  return steps.filter(({ rule }) => ["fallback", "probe", "list"].includes(rule)).map(({ says }) => says);
};
const send = (name: string, to: string) =>
  scene.send(name, name === "hub" ? "friend@outside.example" : "holly@example.org", to, letter(`for ${to}`));
const took = (to: string): number => old.taken.filter((one) => one.to.includes(to)).length;

describe("a fallback route whose host is asked", () => {
  beforeAll(async () => {
    await setRoute("example.org", `smtp://127.0.0.1:${old.port}`, "--accept", "--check", "probe");
  });

  it("gets the names that nobody has here, and is asked about each of them once", async () => {
    expect(await explain("kim@example.org")).toEqual([
      "nobody has that name here: the route of the domain decides",
      expect.stringContaining("is asked at RCPT"),
      expect.stringContaining("no answer is known: would ask 127.0.0.1"),
    ]);
    expect(old.connections()).toBe(0);
    expect(await send("hub", "kim@example.org")).toMatchObject({ ok: true });
    await eventually(() => took("kim@example.org") === 1);
    // One question and one message.
    expect(old.connections()).toBe(2);
    expect(await send("hub", "Kim@example.org")).toMatchObject({ ok: true });
    await eventually(() => took("Kim@example.org") === 1);
    expect(old.connections()).toBe(3);
    expect((await explain("kim@example.org")).at(-1)).toMatch(/^known for .*: yes/);
  });

  it("has its no said in the dialogue, once and again without another question", async () => {
    const before = old.connections();
    for (const _time of [1, 2]) {
      const { ok, text } = await send("hub", "nobody@example.org");
      expect([ok, text]).toEqual([false, expect.stringMatching(/^550 5\.1\.1 .*nobody of that name here/)]);
    }
    expect(old.connections()).toBe(before + 1);
    expect((await explain("nobody@example.org")).at(-1)).toMatch(/: no, /);
  });

  it("is not asked for people and aliases", async () => {
    const before = old.connections();
    for (const name of ["bob", "info", "postmaster"])
      expect(await send("hub", `${name}@example.org`)).toMatchObject({ ok: true });
    await scene.arrived("hub", "bob", "for info@example.org");
    expect(old.connections()).toBe(before);
  });

  it("that is silent or away is never a reason to refuse", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    await setRoute("slow.example", `smtp://127.0.0.1:${port}`, "--accept", "--check", "probe");
    const slow = send("hub", "kim@slow.example");
    await setRoute("away.example", "smtp://127.0.0.1:1", "--accept", "--check", "probe");
    const answers = await Promise.all([slow, send("hub", "kim@away.example")]);
    for (const { ok, text } of answers) expect([ok, text]).toEqual([false, expect.stringMatching(/^451 4\.4\.0 /)]);
    silent.close();
  }, 30_000);

  it("lets an office send what its own list of names does not have: the hub decides", async () => {
    await scene.flush("mazar");
    expect(await send("mazar", "kim.karimi@example.org")).toMatchObject({ ok: true });
    await scene.flush("mazar");
    await eventually(() => took("kim.karimi@example.org") === 1);
    await qrelayJson(["hub", "route", "remove", "example.org", "--dir", scene.star.hub]);
    await scene.flush("mazar");
    const { ok, text } = await send("mazar", "kim.karimi@example.org");
    expect([ok, text]).toEqual([false, expect.stringContaining("5.1.1")]);
  });
});

describe("a route with a list of names", () => {
  const listed = async (text: string) => {
    const file = join(scene.dir, "known.txt");
    await writeFile(file, text);
    return ["club.example", `smtp://127.0.0.1:${old.port}`, "--accept", "--check", "list", "--known", file] as const;
  };

  it("takes who is on it and refuses all others at RCPT, asking nobody", async () => {
    expect(await setRoute(...(await listed("# the club\nKim\nlena@club.example\n\n")))).toMatchObject({ names: 2 });
    for (const name of ["kim", "KIM", "kim+news", "lena", "postmaster"])
      expect(await send("hub", `${name}@club.example`), name).toMatchObject({ ok: true });
    await eventually(() => took("kim+news@club.example") === 1 && took("postmaster@club.example") === 1);
    const before = old.connections();
    const { ok, text } = await send("hub", "max@club.example");
    expect([ok, text]).toEqual([false, "550 5.1.1 no such person: max@club.example"]);
    expect(old.connections()).toBe(before);
    expect(await explain("max@club.example")).toEqual(["max is not on its list of names"]);
  });

  it("is replaced as a whole, or not at all: a wrong line is named", async () => {
    const words = [
      "hub",
      "route",
      "set",
      ...(await listed("max\n\nkim@other.example\na b\n")),
      "--dir",
      scene.star.hub,
    ];
    const { code, err } = await qrelay(words);
    expect(code).toBe(65);
    expect(err).toMatch(/known\.txt:3: "kim@other\.example" is not matched by the route club\.example/);
    expect(err).toMatch(/known\.txt:4: "a b" is no name/);
    expect(await send("hub", "kim@club.example")).toMatchObject({ ok: true });
    await setRoute(...(await listed("max\n")));
    expect(await send("hub", "max@club.example")).toMatchObject({ ok: true });
    expect(await send("hub", "kim@club.example")).toMatchObject({ ok: false });
  });
});
