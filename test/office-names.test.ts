import { duplexPair } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { takeStatement } from "../hub/link/take-statement.ts";
import { saveAliases } from "../spoke/directory/save-aliases.ts";
import { spokeView } from "../spoke/node.ts";
import { pendingStatement } from "../spoke/office-statement.ts";
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
    expect(pendingStatement(nodes.spoke)).toBeUndefined();
    expect(pendingStatement({ ...nodes.spoke, config: { ...nodes.spoke.config, key } })).toBeDefined();
  });

  it("are nobody's but an office's own, and a list that is none changes nothing", async () => {
    const nodes = await pair();
    nodes.hub.directory.officeNames.replace("herat", ["radio"]);
    for (const aliases of [["Radio"], ["a b"], ["info@shop.example"], [""], "radio"]) {
      const document = Buffer.from(JSON.stringify({ qrelay: "office", at: 1, aliases }));
      expect(takeStatement(nodes.hub, "herat", document)).toMatchObject({ kind: "failed", status: "5.5.2" });
    }
    expect(told(nodes)).toEqual(["radio"]);
    // Somebody of the office who writes to such an address is no node.
    expect(nodes.spoke.route("qrelay-node@hub.example.org", { relay: true })).toMatchObject({ kind: "refused" });
  });
});
