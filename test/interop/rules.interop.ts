import { describe, expect, it } from "vitest";
import { mailbox, qrelayJson, queued as waiting } from "../support/star.ts";
import { delivered, filledMaildir, runningHub, scene } from "./scene.ts";
import { maildirqmtp } from "./stand-ins.ts";

const RULES = `
[[qmtp.rule]]
from = "127.0.1.0/24"
relay = true

[[qmtp.rule]]
from = "127.0.1.7"
office = "farah"

[[qmtp.rule]]
from = "127.0.2.0/24"
allow = false

[[qmtp.rule]]
from = "127.0.2.9"
allow = true
`;
const HELLO = [{ sender: "s@stock.example", text: Buffer.from("Subject: x\n\nhello\n") }];

/** One message for everybody at `to` from the loopback address `source`. */
async function sendFrom(dir: string, at: { host: string; port: number }, source: string, ...to: string[]) {
  const { home, maildir } = await filledMaildir(dir, HELLO, to);
  return maildirqmtp(home, maildir, at, { source });
}

describe("qmtp.rule", () => {
  it("decides by network who may connect, who may relay and who is an office", async () => {
    const dir = await scene();
    const people = { hans: "kabul" };
    const { star, at, hub } = await runningHub(dir, { offices: ["farah"], people, hubToml: RULES });
    await qrelayJson(["hub", "office", "set", "farah", "--dial", "qmtp://127.0.1.7:1", "--dir", star.hub]);
    const outside = "x@elsewhere.example";
    const plain = await sendFrom(dir, at, "127.0.0.1", "hans@example.org", outside);
    expect(plain.err).toMatch(/relaying denied/);
    expect(await sendFrom(dir, at, "127.0.1.5", outside)).toMatchObject({ code: 0 });
    expect(await waiting(star.hub, "internet")).toHaveLength(1);
    // A narrow rule says what it says; what it leaves unsaid is still the wide one's.
    const office = await sendFrom(dir, at, "127.0.1.7", outside);
    expect(office.err).toMatch(/succeeded/);
    expect(await waiting(star.hub, "internet")).toHaveLength(2);
    const refused = await sendFrom(dir, at, "127.0.2.1", "hans@example.org");
    expect(refused).toMatchObject({ code: 111 });
    expect(refused.err).toContain("making no progress");
    expect(await sendFrom(dir, at, "127.0.2.9", "hans@example.org")).toMatchObject({ code: 0 });
    expect(await mailbox(star.hub, "hans")).toHaveLength(2);
    expect(hub.log.filter((line) => line.includes("refused by qmtp.rule"))).toHaveLength(3);
    expect(hub.log.join("\n")).toContain('"office":"farah"');
  });

  it("a stock office that forwards name@mailhub.example.org reaches the person, wherever posted", async () => {
    const dir = await scene();
    const people = { hans: "kabul", fred: "farah" };
    const { star, at } = await runningHub(dir, { offices: ["farah"], people, hubToml: RULES });
    await qrelayJson(["hub", "office", "set", "farah", "--prefix", "qrelay-farah-", "--dir", star.hub]);
    const sent = await sendFrom(dir, at, "127.0.1.7", "hans@mailhub.example.org", "Fred@mailhub.example.org");
    expect(sent, sent.err).toMatchObject({ code: 0 });
    expect(await delivered(star.hub, "hans")).toHaveLength(1);
    const [entry] = await waiting(star.hub, "office/farah");
    expect(entry?.header("Delivered-To")).toBe("fred@farah.example.org");
  });
});
