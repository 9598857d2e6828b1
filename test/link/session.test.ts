import { randomBytes } from "node:crypto";
import { duplexPair } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodePair } from "../support/node-pair.ts";

async function pair() {
  const nodes = await nodePair();
  onTestFinished(() => nodes.close());
  const session = (line = {}) => {
    const [spoke, hub] = duplexPair();
    return nodes.session({ spoke, hub }, line);
  };
  return { ...nodes, session };
}

const letter = (subject: string, body = "Dear all,\n\nthe road to the north is open again.\n") =>
  `From: sender@example.org\nTo: someone@example.org\nSubject: ${subject}\nMessage-ID: <${subject}@example.org>\n\n${body}`;

describe("a session between a hub and a spoke", () => {
  it("moves mail both ways, brings the people first, and drains", async () => {
    const nodes = await pair();
    await nodes.down(letter("one"));
    await nodes.up(letter("two"));
    const { spoke, hub } = await nodes.session();
    expect(spoke).toMatchObject({ ended: "drained", sent: { messages: 1 }, received: { messages: 1 } });
    expect(hub).toMatchObject({ ended: "drained", sent: { messages: 1 }, received: { messages: 1 } });
    expect(await nodes.subjects("spoke", "holly")).toEqual(["one"]);
    expect(await nodes.subjects("hub", "maria")).toEqual(["two"]);
    expect(await nodes.waiting()).toEqual({ hub: 0, spoke: 0 });
    expect(nodes.spoke.directory.people.get("ali")).toBeDefined();
  });

  it("takes mail for somebody whose name comes with it", async () => {
    const nodes = await pair();
    await nodes.session();
    nodes.hub.directory.people.add({ name: "newcomer", office: "herat" });
    await nodes.down(letter("welcome"), ["newcomer@example.org"]);
    expect((await nodes.session()).spoke).toMatchObject({ received: { messages: 1 } });
    expect(await nodes.subjects("spoke", "newcomer")).toEqual(["welcome"]);
  });

  it("brings what people want done with their mail, so that colleagues' mail need not leave the office", async () => {
    const nodes = await pair();
    nodes.hub.directory.instructions.set("holly", "", "./\nali\nmaria");
    nodes.hub.directory.instructions.set("ali", "reports-default", "holly@herat.example.org");
    await nodes.session();
    await nodes.up(letter("both"), ["holly@example.org"]);
    await nodes.up(letter("report"), ["ali-reports-may@example.org"]);
    await nodes.up(letter("plus"), ["ali+news@example.org"]);
    await nodes.spoke.engine.sortNow();
    expect(await nodes.subjects("spoke", "holly")).toEqual(["both", "report"]);
    expect(await nodes.subjects("spoke", "ali")).toEqual(["both", "plus"]);
    expect(await nodes.waiting()).toMatchObject({ spoke: 1 });
    // What comes from headquarters has been through all this there, and is final here.
    await nodes.down(letter("down"), ["holly@example.org"]);
    await nodes.hub.engine.sortNow();
    await nodes.session();
    expect(await nodes.subjects("spoke", "holly")).toEqual(["both", "down", "report"]);
    expect(await nodes.subjects("hub", "maria")).toEqual(["both", "down"]);
    expect(await nodes.subjects("spoke", "ali")).toEqual(["both", "down", "plus"]);
    nodes.hub.directory.instructions.remove("holly", "");
    await nodes.session();
    await nodes.up(letter("plain"), ["holly@example.org"]);
    expect(await nodes.subjects("spoke", "holly")).toEqual(["both", "down", "plain", "report"]);
    expect(await nodes.waiting()).toEqual({ hub: 0, spoke: 0 });
  });

  it("refuses before the body what is not known, and takes a repeat for what it is", async () => {
    const nodes = await pair();
    const body = `${randomBytes(30_000).toString("hex").replace(/.{70}/g, "$&\n")}\n`;
    await nodes.up(letter("nobody", body), ["nobody@kabul.example.org"]);
    const { wire, spoke } = await nodes.session();
    expect(spoke.sent.failed[0]).toMatchObject({ status: "5.1.1", recipient: "nobody@kabul.example.org" });
    // 30 KB would have crossed.
    expect(wire.up).toBeLessThan(10_000);
  });

  it("works on half duplex in either order", async () => {
    for (const order of ["both", "receive-first", "send-first"] as const) {
      const nodes = await pair();
      for (const name of ["a", "b", "c"]) {
        await nodes.down(letter(`down-${name}`));
        await nodes.up(letter(`up-${name}`));
      }
      const { spoke } = await nodes.session({ half: true, order });
      expect(spoke).toMatchObject({ ended: "drained", sent: { messages: 3 }, received: { messages: 3 } });
    }
  });

  it("goes on with a new context when the one that it builds on is full", async () => {
    const nodes = await pair();
    for (let count = 0; count < 9; count += 1) {
      await nodes.up(letter(`up-${count}`));
      await nodes.down(letter(`down-${count}`));
    }
    const { spoke, hub } = await nodes.session({ contextBytes: 1000 });
    expect(spoke).toMatchObject({ ended: "drained", sent: { messages: 9 }, received: { messages: 9 } });
    expect(hub).toMatchObject({ ended: "drained" });
    expect(nodes.logged).not.toContain("parcel-undecodable");
    // What crosses later builds on what crossed in all of them.
    await nodes.up(letter("up-9"));
    expect((await nodes.session()).spoke).toMatchObject({ ended: "drained", sent: { messages: 1 } });
  });

  it("sends less when both ends have seen such mail before", async () => {
    const nodes = await pair();
    const sizes: number[] = [];
    for (const name of ["first", "second", "third"]) {
      const text = Array.from({ length: 60 }, (_one, line) => `Line ${line} of the report on wells ${line * 7919}.\n`);
      await nodes.up(letter(name, text.join("")));
      sizes.push((await nodes.session()).wire.up);
    }
    const [first = 0, , third = 0] = sizes;
    expect(third).toBeLessThan(first / 2);
  });
});
