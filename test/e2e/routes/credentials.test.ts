import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { eventually, qrelay } from "../../support/star.ts";
import { startTlsSink, type TlsSink, type TlsSinkOptions } from "../../support/tls-sink.ts";
import { letter, useStar } from "../scene.ts";

const SECRET = "correct horse";
const scene = useStar({ people: { bob: "kabul" } });
const sinks: TlsSink[] = [];
const said: string[] = [];

afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
});

async function sinkWith(options: TlsSinkOptions = {}): Promise<TlsSink> {
  const sink = await startTlsSink(options);
  sinks.push(sink);
  return sink;
}

async function setRoute(domain: string, sink: TlsSink, ...options: string[]): Promise<void> {
  const stdin = options.includes("--password-stdin") ? { stdin: `${SECRET}\n` } : {};
  const words = ["hub", "route", "set", domain, `smtp://127.0.0.1:${sink.port}`, "--accept", ...options];
  const { code, out, err } = await qrelay([...words, "--dir", scene.star.hub], stdin);
  said.push(out, err);
  expect([code, err]).toEqual([0, ""]);
}

const LOGIN = ["--login", "relay", "--password-stdin"];

const send = async (...to: string[]): Promise<void> =>
  expect(await scene.send("hub", "friend@outside.example", to, letter(to.join(" ")))).toMatchObject({ ok: true });

/** What the log says of a recipient's deferral. */
const deferral = (recipient: string): Promise<{ status: string; text: string }> =>
  eventually(() => {
    const lines = scene.hub.log.map((line) => JSON.parse(line) as Record<string, string>);
    const found = lines.find((line) => line.event === "deferred" && line.recipient === recipient);
    return found === undefined ? undefined : { status: found.status ?? "", text: found.text ?? "" };
  });

describe("a route with a login", () => {
  it("sends it over TLS, and nobody is shown the password", async () => {
    const sink = await sinkWith({ login: { user: "relay", pass: SECRET } });
    await setRoute("partner.example", sink, ...LOGIN);
    await send("kim@partner.example");
    await eventually(() => sink.taken.length === 1);
    expect(sink.taken).toEqual([{ tls: true, login: "relay", to: ["kim@partner.example"] }]);
    const list = await qrelay(["hub", "route", "list", "--json", "--dir", scene.star.hub]);
    expect(JSON.parse(list.out).routes[0]).toEqual({
      ...{ pattern: "partner.example", destination: `smtp://127.0.0.1:${sink.port}`, accept: true },
      ...{ tls: "require", login: "relay" },
    });
    const explained = await qrelay(["hub", "explain", "kim@partner.example", "--dir", scene.star.hub]);
    expect(explained.out).toContain("(TLS require, login relay)");
    const table = await qrelay(["hub", "route", "list", "--dir", scene.star.hub]);
    const shown = [...said, list.out, table.out, explained.out, ...scene.hub.log].join("\n");
    for (const form of [SECRET, Buffer.from(`\0relay\0${SECRET}`).toString("base64")])
      expect(shown).not.toContain(form);
    expect((await stat(join(scene.star.hub, "directory.db"))).mode & 0o777).toBe(0o600);
  });

  it("never sends it in plain text: the mail waits, though the host would take both", async () => {
    const sink = await sinkWith({ starttls: false, login: { user: "relay", pass: SECRET } });
    await setRoute("plain.example", sink, ...LOGIN);
    await send("kim@plain.example");
    const { status, text } = await deferral("kim@plain.example");
    expect([status, text]).toEqual([
      "4.7.4",
      expect.stringMatching(/^route plain\.example: TLS is wanted \(require\)/),
    ]);
    expect([sink.tried, sink.taken]).toEqual([[], []]);
  });

  it("whose password is wrong keeps the mail, and says which route it is", async () => {
    const sink = await sinkWith({ login: { user: "relay", pass: "another" } });
    await setRoute("wrong.example", sink, ...LOGIN);
    await send("kim@wrong.example");
    const { status, text } = await deferral("kim@wrong.example");
    expect([status, text]).toEqual([
      "4.7.8",
      expect.stringMatching(/^route wrong\.example: the login relay is refused, 127\.0\.0\.1 said: 535/),
    ]);
    expect(await scene.count("hub", { queue: "internet" }, "kim@wrong.example")).toBe(1);
    expect(sink.taken).toEqual([]);
  });

  it("shares no connection with another route to the same host", async () => {
    const sink = await sinkWith({ login: { user: "relay", pass: SECRET } });
    await setRoute("one.example", sink, ...LOGIN);
    await setRoute("two.example", sink, "--login", "other", "--password-stdin");
    await send("kim@one.example", "kim@two.example");
    await eventually(() => sink.taken.length === 1 && sink.tried.length === 2);
    expect(sink.taken).toEqual([{ tls: true, login: "relay", to: ["kim@one.example"] }]);
    expect(new Set(sink.tried.map(({ user }) => user))).toEqual(new Set(["other", "relay"]));
    expect((await deferral("kim@two.example")).status).toBe("4.7.8");
  });
});

describe("a route with a policy for TLS", () => {
  it("that verifies takes the host whose authority it was given, and no other", async () => {
    const sink = await sinkWith();
    const ca = join(scene.dir, "ca.pem");
    await writeFile(ca, sink.ca);
    await setRoute("proven.example", sink, "--tls", "verify", "--ca", ca);
    await setRoute("unproven.example", sink, "--tls", "verify");
    await send("kim@proven.example", "kim@unproven.example");
    const { status, text } = await deferral("kim@unproven.example");
    expect([status, text]).toEqual(["4.7.5", expect.stringMatching(/^route unproven\.example: .*self-signed/)]);
    await eventually(() => sink.taken.length === 1);
    expect(sink.taken).toEqual([{ tls: true, to: ["kim@proven.example"] }]);
  });

  it("that is off goes in plain text, and one that is implicit begins with TLS", async () => {
    const off = await sinkWith();
    const implicit = await sinkWith({ implicit: true });
    await setRoute("off.example", off, "--tls", "off");
    await setRoute("implicit.example", implicit, "--tls", "implicit");
    await send("kim@off.example", "kim@implicit.example");
    await eventually(() => off.taken.length === 1 && implicit.taken.length === 1);
    expect([off.taken[0]?.tls, implicit.taken[0]?.tls]).toEqual([false, true]);
  });
});
