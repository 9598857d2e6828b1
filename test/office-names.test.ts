import { duplexPair } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { takeOfficeNames } from "../hub/link/names-from-office.ts";
import { failed } from "../shared/mail/outcome.ts";
import { saveAliases } from "../spoke/directory/save-aliases.ts";
import { OUTBOUND, spokeView } from "../spoke/node.ts";
import { noteAliasesAnswer, queueAliases, withdrawAliases } from "../spoke/tell-aliases.ts";
import { FULL_LINE, type NodePair, nodePair } from "./support/node-pair.ts";

/** The names of an office's aliases in the hub's directory: told once, again when they change, taken back. */
async function pair() {
  const nodes = await nodePair();
  onTestFinished(() => nodes.close());
  return { ...nodes, session: () => session(nodes) };
}

function session(nodes: NodePair) {
  const [spoke, hub] = duplexPair();
  return nodes.session({ spoke, hub }, FULL_LINE);
}

function set({ spoke }: NodePair, name: string, ...targets: string[]): void {
  saveAliases(spoke.directory, spokeView(spoke.config, spoke.directory, Date.now), [{ name, targets }], Date.now());
}

const told = ({ hub }: NodePair): string[] => hub.directory.officeNames.list("herat");
const fromOutside = ({ hub }: NodePair, address: string) => hub.route(address, { relay: false });
const OUTSIDE = "x@far.example";

describe("the names of an office's aliases", () => {
  it("reach the hub with the next session, which then takes mail for them; before it refused it", async () => {
    const nodes = await pair();
    expect(fromOutside(nodes, "radio@herat.example.org")).toMatchObject({ kind: "refused", status: "5.1.1" });
    set(nodes, "radio", OUTSIDE);
    set(nodes, "store", OUTSIDE);
    const { spoke, hub } = await nodes.session();
    expect(spoke.sent.messages + hub.received.messages).toBe(0);
    expect(told(nodes)).toEqual(["radio", "store"]);
    expect(await nodes.waiting()).toEqual({ hub: 0, spoke: 0 });
    expect(fromOutside(nodes, "Radio@Herat.example.org")).toMatchObject({
      kind: "to",
      destinations: [{ place: { name: "office/herat" }, recipient: "radio@herat.example.org" }],
    });
  });

  it("cost nothing while no name changes, whatever the aliases stand for", async () => {
    const nodes = await pair();
    await nodes.session();
    const { wire: without } = await nodes.session();
    set(nodes, "radio", OUTSIDE);
    const { wire: telling } = await nodes.session();
    expect(telling.up).toBeGreaterThan(without.up);
    set(nodes, "radio", OUTSIDE, "y@far.example");
    expect((await nodes.session()).wire).toEqual(without);
  });

  it("go when the office drops them, all of them too", async () => {
    const nodes = await pair();
    set(nodes, "radio", OUTSIDE);
    await nodes.session();
    nodes.spoke.directory.aliases.remove("radio");
    await nodes.session();
    expect(told(nodes)).toEqual([]);
    expect(fromOutside(nodes, "radio@herat.example.org")).toMatchObject({ kind: "refused" });
  });

  it("are told anew with another key, for which the hub has forgotten them", async () => {
    const nodes = await pair();
    set(nodes, "radio", OUTSIDE);
    await nodes.session();
    const key = Buffer.alloc(32, 9);
    nodes.hub.directory.offices.rekey("herat", key.toString("base64url"));
    expect(told(nodes)).toEqual([]);
    await queueAliases(nodes.spoke);
    expect((await nodes.waiting()).spoke).toBe(0);
    await queueAliases({ ...nodes.spoke, config: { ...nodes.spoke.config, key } });
    expect((await nodes.waiting()).spoke).toBe(1);
  });

  it("wait once, the newest of them, and never for a server that speaks plain QMTP", async () => {
    const nodes = await pair();
    for (const name of ["radio", "store"]) {
      set(nodes, name, OUTSIDE);
      await queueAliases(nodes.spoke);
      await queueAliases(nodes.spoke);
    }
    expect((await nodes.waiting()).spoke).toBe(1);
    await withdrawAliases(nodes.spoke);
    expect((await nodes.waiting()).spoke).toBe(0);
    await nodes.session();
    expect(told(nodes)).toEqual(["radio", "store"]);
  });

  it("are kept for a week from a hub that has no use for them", async () => {
    const nodes = await pair();
    set(nodes, "radio", OUTSIDE);
    await queueAliases(nodes.spoke);
    const queue = nodes.spoke.store.queue(OUTBOUND);
    const [entry] = await queue.list();
    const open = entry === undefined ? undefined : await queue.open(entry);
    if (entry === undefined || open === undefined) throw new Error("Nothing waits");
    // What a hub that knows no such list says to the header.
    const address = open.head.envelope.recipients[0]?.address ?? "";
    expect(nodes.hub.route(address, { relay: false, link: "herat" })).toMatchObject({
      kind: "refused",
      status: "5.1.1",
    });
    noteAliasesAnswer(nodes.spoke, open.head, [failed("5.1.1", "no such person")]);
    await open.close();
    await queue.remove(entry);
    const daysLater = (days: number) => ({ ...nodes.spoke, now: () => nodes.spoke.now() + days * 86_400_000 });
    await queueAliases(daysLater(6));
    expect((await nodes.waiting()).spoke).toBe(0);
    await queueAliases(daysLater(8));
    expect((await nodes.waiting()).spoke).toBe(1);
  });

  it("are nobody's but an office's own, and a list that is none changes nothing", async () => {
    const nodes = await pair();
    nodes.hub.directory.officeNames.replace("herat", ["radio"]);
    const taken = takeOfficeNames(nodes.hub, "herat", Buffer.from('{"qrelay":"aliases"}\n0Radio\n'));
    expect(taken).toMatchObject({ kind: "failed", status: "5.5.2" });
    expect(told(nodes)).toEqual(["radio"]);
    // Somebody of the office who writes to that address is no node.
    expect(nodes.spoke.route("qrelay-aliases@hub.example.org", { relay: true })).toMatchObject({ kind: "refused" });
  });
});
