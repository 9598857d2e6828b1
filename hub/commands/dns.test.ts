import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DnsFinding } from "#hub/dns/compare.js";
import { type FakeDns, type ServedRecord, startFakeDns } from "../../test/support/fake-dns.ts";
import { HubCommands, type Said } from "../../test/support/hub-commands.ts";

const ADDRESS = ["--address", "192.0.2.1", "--address", "2001:db8::1"];

let hub: HubCommands;
let dns: FakeDns;
beforeEach(async () => {
  hub = await HubCommands.make();
  dns = await startFakeDns();
});
afterEach(async () => {
  await dns.close();
  await hub[Symbol.asyncDispose]();
});

async function makeStar(): Promise<ServedRecord[]> {
  await hub.init();
  await hub.json("office", "add", "herat");
  await hub.json("office", "add", "mazar", "--host", "mazar.example.com");
  await hub.json("domain", "add", "example.net");
  return (await hub.json("dns", ...ADDRESS)).records as ServedRecord[];
}

const check = (...more: string[]): Promise<Said> =>
  hub.run(["dns", "--check", "--server", dns.address, ...ADDRESS, ...more]);

const statesIn = ({ out }: Said): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy((JSON.parse(out) as { records: DnsFinding[] }).records, ({ state }) => state)].map(
      ([state, of]) => [state, of.length],
    ),
  );

describe("hub dns", () => {
  it("prints what the star needs, as a zone or for tinydns", async () => {
    await makeStar();
    const zone = await hub.run(["dns", ...ADDRESS]);
    expect(zone).toMatchObject({ code: 0, err: "" });
    for (const line of [
      "$ORIGIN example.org.",
      "kabul.example.org. 86400 IN A 192.0.2.1",
      "mailhub.example.net. 86400 IN AAAA 2001:db8::1",
      "herat.example.org. 86400 IN MX 10 kabul.example.org.",
      'example.net. 86400 IN TXT "v=spf1 a:kabul.example.org mx -all"',
      "_submission._tcp.example.org. 86400 IN SRV 0 1 587 kabul.example.org.",
    ])
      expect(zone.out.split("\n")).toContain(line);
    const tiny = await hub.run(["dns", "--format", "tinydns", ...ADDRESS]);
    expect(tiny.out.split("\n")).toEqual(
      expect.arrayContaining(["=kabul.example.org:192.0.2.1:86400", "@mazar.example.com::kabul.example.org:10:86400"]),
    );
    expect((await hub.run(["dns", "--format", "tinydns", ...ADDRESS])).out).toBe(tiny.out);
    expect((await hub.json("dns", "--format", "tinydns", ...ADDRESS)).text).toBe(tiny.out);
  });

  it("makes no address up, and says what to give", async () => {
    await hub.init();
    const { code, out, err } = await hub.run(["dns"]);
    expect(code).toBe(0);
    expect(out).not.toMatch(/ IN (A|AAAA) /);
    expect(out).toMatch(/^; the addresses of kabul\.example\.org are left out: give --address\n/);
    expect(err).toContain("give --address IP");
    expect((await hub.run(["dns", "--format", "tinydns"])).out).toMatch(/^# the addresses/);
  });

  it("leaves out services that are off, on loopback or on a port that changes", async () => {
    await hub.init("--set", "submission.listen=127.0.0.1:587", "--set", "pop3.listen=0.0.0.0:0");
    expect((await hub.run(["dns", ...ADDRESS])).out).not.toContain("SRV");
  });

  it("lets a smart host send, and asks for what its operator says", async () => {
    await hub.init();
    await hub.json("route", "set", "*", "smtp://smart.example.net:587");
    const guessed = await hub.run(["dns", ...ADDRESS]);
    expect(guessed.out).toContain('"v=spf1 a:kabul.example.org mx a:smart.example.net ~all"');
    expect(guessed.err).toContain("--spf include:NAME");
    const named = await hub.run(["dns", ...ADDRESS, "--spf", "include:spf.example.net"]);
    expect(named.out).toContain('"v=spf1 a:kabul.example.org mx include:spf.example.net -all"');
    expect(named.err).toBe("");
  });

  it("writes a domain of another script in its ASCII form", async () => {
    await hub.init();
    await hub.json("domain", "add", "bücher.example");
    const { out } = await hub.run(["dns", ...ADDRESS]);
    expect(out).toContain("$ORIGIN xn--bcher-kva.example.\n");
    expect(out).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it.each([
    [["--address", "192.0.2"], 'Cannot use the address "192.0.2": wanted an IPv4 or IPv6 address of the hub'],
    [["--address", "0.0.0.0"], 'Cannot use the address "0.0.0.0"'],
    [["--format", "bind"], 'Cannot print the format "bind": wanted tinydns or zone'],
    [["--spf", "all"], 'Cannot use the SPF mechanism "all": wanted include:NAME'],
    [["--check", "--server", "ns.example.org"], 'Cannot ask the server "ns.example.org": wanted an IP address'],
    [["--check", "--server", "192.0.2.53:0"], 'Cannot ask the server "192.0.2.53:0"'],
    [["--check", "--timeout", "soon"], 'Cannot wait "soon": wanted a duration'],
    [["--check", "--timeout", "4w"], 'Cannot wait "4w": wanted a duration'],
    [["--server", "192.0.2.53"], "Cannot ask a resolver without --check: add it"],
  ])("refuses %j with 64", async (words, says) => {
    await hub.init();
    const { code, out, err } = await hub.run(["dns", ...words]);
    expect([code, out]).toEqual([64, ""]);
    expect(err).toContain(says);
  });
});

describe("hub dns --check", () => {
  it("ends with 0 when the resolver has all that was printed", async () => {
    dns.records = await makeStar();
    const said = await check("--json");
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(said.out)).toMatchObject({ result: "ok", servers: [dns.address], notes: [] });
    expect(statesIn(said)).toEqual({ ok: dns.records.length });
    const people = await check();
    expect(people.code).toBe(0);
    expect(people.out).toContain(`${dns.address}: everything is as it should be`);
  });

  it("ends with 65 and says each cure in the form that was asked for", async () => {
    const all = await makeStar();
    dns.records = [
      ...all.filter(({ name, type }) => `${name} ${type}` !== "herat.example.org MX"),
      { name: "example.org", type: "MX", preference: 20, exchange: "mx.provider.example" },
    ];
    const { code, out } = await check("--format", "tinydns");
    expect(code).toBe(65);
    expect(out).toMatch(/^missing +herat\.example\.org +MX +10 kabul\.example\.org$/m);
    expect(out).toMatch(/^extra +example\.org +MX/m);
    expect(out).toContain(
      'herat.example.org MX: it is not there: add "@herat.example.org::kabul.example.org:10:86400"\n',
    );
    expect(out).toContain("example.org MX: mail also goes to mx.provider.example");
    const said = await check("--json");
    expect(said.code).toBe(65);
    expect(JSON.parse(said.out)).toMatchObject({ result: "differs" });
    expect(statesIn(said)).toEqual({ ok: all.length - 1, missing: 1, extra: 1 });
  });

  it("ends with 75, in time, when the resolver is silent", async () => {
    await makeStar();
    dns.trouble.set("*", "silent");
    const begun = performance.now();
    const said = await check("--json", "--timeout", "1s");
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(said.code).toBe(75);
    expect(JSON.parse(said.out)).toMatchObject({ result: "no-answer" });
    expect(Object.keys(statesIn(said))).toEqual(["no-answer"]);
  });

  it("says once why nothing is known, and does not call it missing", async () => {
    await makeStar();
    dns.trouble.set("*", "servfail");
    const { code, out } = await check();
    expect(code).toBe(75);
    expect(out).toMatch(/\n\n(\d+) of \1 not known: the resolver could not find out \(SERVFAIL\): try again[^\n]*\n$/);
  });

  it("ends with 65 when something is wrong and something else has no answer", async () => {
    const all = await makeStar();
    dns.records = all.filter(({ type }) => type !== "SRV");
    dns.trouble.set("herat.example.org", "refused");
    const said = await check("--json");
    expect(said.code).toBe(65);
    expect(statesIn(said)).toEqual({ ok: all.length - 5, missing: 4, "no-answer": 1 });
  });

  it("takes the address that the hub's name has when none is given", async () => {
    dns.records = await makeStar();
    const { code, err } = await hub.run(["dns", "--check", "--server", dns.address]);
    expect(code).toBe(0);
    expect(err).toContain("those found are taken for right: give --address IP");
  });
});
