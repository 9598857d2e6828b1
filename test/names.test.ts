import { randomBytes } from "node:crypto";
import { duplexPair } from "node:stream";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { queueNames } from "../hub/link/names-for-office.ts";
import { encodeNames, namesChecksum, parseNames } from "../shared/link/names-update.ts";
import { takeNames } from "../spoke/take-names.ts";
import { FULL_LINE, type NodePair, nodePair } from "./support/node-pair.ts";

/** The names of the hub's directory in an office's copy: whole, changed, apart, taken back. */
async function pair() {
  const nodes = await nodePair();
  onTestFinished(() => nodes.close());
  return { ...nodes, session: () => session(nodes) };
}

function session(nodes: NodePair) {
  const [spoke, hub] = duplexPair();
  return nodes.session({ spoke, hub }, FULL_LINE);
}

const heldNames = ({ spoke }: NodePair): string[] => [...spoke.directory.names.all()].map(({ name }) => name);
const ROLES = ["abuse", "mailer-daemon", "postmaster", "root"];

function held(nodes: NodePair, ...names: string[]): void {
  expect(heldNames(nodes)).toEqual([...ROLES, ...names].sort());
}

function write(nodes: NodePair, address: string) {
  return nodes.spoke.route(address, { relay: true });
}

/** The update that waits for the office. */
async function waiting({ hub }: NodePair) {
  await queueNames(hub, "herat");
  const queue = hub.store.queue("office/herat");
  for (const entry of await queue.list()) {
    const open = await queue.open(entry);
    const isNames = open?.head.envelope.recipients[0]?.address.startsWith("qrelay-names@") === true;
    const pieces: Uint8Array[] = [];
    if (open !== undefined && isNames) for await (const piece of open.message()) pieces.push(piece);
    await open?.close();
    if (!isNames) continue;
    const read = parseNames(Buffer.concat(pieces));
    if ("problem" in read) throw new Error(read.problem);
    return read.update;
  }
  return undefined;
}

describe("an office's copy of the names", () => {
  it("is whole after the first session, is no mail, and costs nothing when nothing has changed", async () => {
    const nodes = await pair();
    nodes.hub.directory.aliases.put({ name: "all", targets: ["maria", "holly"] });
    nodes.hub.directory.aliases.put({ name: "info@example.org", targets: ["maria"] });
    const { spoke, hub } = await nodes.session();
    expect(spoke.received.messages + hub.sent.messages).toBe(0);
    held(nodes, "ali", "all", "holly", "info@example.org", "maria");
    expect(await nodes.waiting()).toEqual({ hub: 0, spoke: 0 });
    const { wire } = await nodes.session();
    const idle = await nodes.session();
    expect(idle.wire).toEqual(wire);
    expect(wire.up + wire.down).toBeLessThan(250);
  });

  it("gets only what has changed, in few bytes", async () => {
    const nodes = await pair();
    for (let at = 0; at < 500; at += 1) nodes.hub.directory.people.add({ name: `p${at * 7919}`, office: "kabul" });
    const first = await nodes.session();
    const before = (await nodes.session()).wire.down;
    nodes.hub.directory.people.add({ name: "sara", office: "kabul" });
    nodes.hub.directory.people.remove("p7919");
    expect(await waiting(nodes)).toMatchObject({
      from: 503,
      version: 505,
      put: [{ name: "sara" }],
      removed: ["p7919"],
    });
    const { wire } = await nodes.session();
    expect(first.wire.down).toBeGreaterThan(1000);
    expect(wire.down - before).toBeLessThan(250);
    expect(heldNames(nodes)).toEqual(nodes.hub.directory.names.all(false).map(({ name }) => name));
  });

  it("is not touched by a move, unless it is an address book", async () => {
    const nodes = await pair();
    await nodes.session();
    nodes.hub.directory.people.move("maria", "herat");
    expect(await waiting(nodes)).toBeUndefined();
    nodes.hub.directory.replicas.setPolicy("herat", "book");
    nodes.hub.directory.people.add({ name: "sara", office: "kabul", fullName: "Sara\tNoori" });
    await nodes.session();
    expect(nodes.spoke.directory.names.get("sara")).toEqual({ name: "sara", fullName: "Sara Noori", office: "kabul" });
    nodes.hub.directory.people.move("sara", "herat");
    expect(await waiting(nodes)).toMatchObject({ put: [{ name: "sara", office: "herat" }], removed: [] });
    await nodes.session();
    expect(nodes.spoke.directory.names.get("sara")?.office).toBe("herat");
  });

  it("is forgotten when the policy says none, and comes back whole", async () => {
    const nodes = await pair();
    await nodes.session();
    nodes.hub.directory.replicas.setPolicy("herat", "none");
    await nodes.session();
    expect(heldNames(nodes)).toEqual([]);
    expect(write(nodes, "nobdy@example.org").kind).toBe("to");
    nodes.hub.directory.people.add({ name: "sara", office: "kabul" });
    expect(await waiting(nodes)).toBeUndefined();
    nodes.hub.directory.replicas.setPolicy("herat", "names");
    await nodes.session();
    held(nodes, "ali", "holly", "maria", "sara");
  });

  it("is sent whole again when the office holds something else", async () => {
    const nodes = await pair();
    await nodes.session();
    // The office's database was put back, or deleted.
    nodes.spoke.directory.names.clear();
    nodes.hub.directory.people.add({ name: "sara", office: "kabul" });
    await nodes.session();
    await nodes.session();
    held(nodes, "ali", "holly", "maria", "sara");
    nodes.spoke.directory.names.clear();
    nodes.spoke.directory.settings.forget("namesVersion");
    nodes.hub.directory.people.remove("sara");
    await nodes.session();
    await nodes.session();
    held(nodes, "ali", "holly", "maria");
  });

  it("follows a hub whose directory is an older copy, also to a lower version", async () => {
    const nodes = await pair();
    await nodes.session();
    const { version = 0 } = nodes.hub.directory.replicas.get("herat");
    for (const name of ["sara", "omar"]) nodes.hub.directory.people.add({ name, office: "kabul" });
    await nodes.session();
    // As the copy had it: the same versions will mean other names.
    nodes.hub.directory.people.remove("sara");
    nodes.hub.directory.replicas.answered("herat", "names", version);
    nodes.spoke.directory.settings.set("namesVersion", 999);
    nodes.spoke.directory.names.put({ name: "gone" });
    await nodes.session();
    await nodes.session();
    held(nodes, "ali", "holly", "maria", "omar");
    expect(nodes.spoke.directory.settings.get("namesVersion")).toBe(nodes.hub.directory.names.version());
  });

  it("is sent whole when more has changed than is remembered, and after a new key", async () => {
    const nodes = await pair();
    await nodes.session();
    nodes.hub.directory.transaction(() => {
      for (let at = 0; at < 10_001; at += 1) nodes.hub.directory.aliases.put({ name: `a${at}`, targets: ["maria"] });
      for (let at = 0; at < 10_001; at += 1) nodes.hub.directory.aliases.remove(`a${at}`);
    });
    expect(await waiting(nodes)).toMatchObject({ from: undefined });
    await nodes.session();
    expect(await waiting(nodes)).toBeUndefined();
    nodes.hub.directory.offices.rekey("herat", randomBytes(32).toString("base64url"));
    expect(await waiting(nodes)).toMatchObject({ from: undefined });
  });

  it("keeps what waits, of which a part may have crossed, and tells the rest afterwards", async () => {
    const nodes = await pair();
    const first = await waiting(nodes);
    nodes.hub.directory.people.add({ name: "sara", office: "kabul" });
    expect((await waiting(nodes))?.version).toBe(first?.version);
    await nodes.session();
    await nodes.session();
    held(nodes, "ali", "holly", "maria", "sara");
  });

  it("takes a list twice, and none that is damaged: the one before stays, and mail is not held up", async () => {
    const nodes = await pair();
    await nodes.session();
    nodes.hub.directory.people.add({ name: "sara", office: "kabul" });
    const update = await waiting(nodes);
    if (update === undefined) throw new Error("Nothing waits");
    for (let times = 0; times < 2; times += 1)
      expect(takeNames(nodes.spoke, encodeNames(update)).kind).toBe("delivered");
    held(nodes, "ali", "holly", "maria", "sara");
    const damaged = { ...update, from: undefined, sum: "0".repeat(16) };
    expect(takeNames(nodes.spoke, encodeNames(damaged))).toMatchObject({ kind: "failed", status: "5.5.4" });
    expect(takeNames(nodes.spoke, Buffer.from("x\n"))).toMatchObject({ kind: "failed", status: "5.5.2" });
    held(nodes, "ali", "holly", "maria", "sara");
    await nodes.down("From: a@example.org\nSubject: behind it\n\nx\n");
    nodes.spoke.directory.names.clear();
    await nodes.session();
    expect(await nodes.subjects("spoke", "holly")).toEqual(["behind it"]);
  });

  it("is what the hub's directory holds after any changes, told in any steps", async () => {
    const nodes = await pair();
    const { hub, spoke } = nodes;
    const name = fc.constantFrom("a", "ab", "abc", "b", "ba", "c", "ca", "cab");
    const step = fc.record({ name, what: fc.constantFrom("person", "alias", "remove", "tell", "tell") });
    let told = hub.directory.names.version();
    takeNames(spoke, fullCopy(nodes));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        for (const { name: who, what } of [...steps, { name: "", what: "tell" }]) {
          change(nodes, who, what);
          if (what !== "tell") continue;
          expect(takeNames(spoke, changes(nodes, told)).kind).toBe("delivered");
          told = hub.directory.names.version();
          expect(heldNames(nodes)).toEqual(hub.directory.names.all(false).map((one) => one.name));
        }
      }),
      { numRuns: 30 },
    );
  });
});

function change({ hub: { directory } }: NodePair, name: string, what: string): void {
  const free = directory.people.get(name) === undefined && directory.aliases.get(name) === undefined;
  if (what === "person" && free) directory.people.add({ name, office: "kabul" });
  if (what === "alias" && free) directory.aliases.put({ name, targets: ["maria"] });
  if (what !== "remove" || free) return;
  if (directory.people.get(name) === undefined) directory.aliases.remove(name);
  else directory.people.remove(name);
}

function fullCopy({ hub: { directory } }: NodePair): Uint8Array {
  const put = directory.names.all(false);
  const version = directory.names.version();
  return encodeNames({ replica: "names", version, at: 1, sum: namesChecksum(put), put, removed: [] });
}

function changes({ hub: { directory } }: NodePair, from: number): Uint8Array {
  const all = directory.names.all(false);
  const touched = new Set(directory.names.changedSince(from, false));
  const put = all.filter(({ name }) => touched.delete(name));
  const version = directory.names.version();
  return encodeNames({
    replica: "names",
    version,
    from,
    at: 1,
    sum: namesChecksum(all),
    put,
    removed: [...touched].sort(),
  });
}

describe("an address that somebody in the office writes to", () => {
  it("is refused at once when nobody has it, and not before there is a list", async () => {
    const nodes = await pair();
    expect(write(nodes, "nobdy@example.org").kind).toBe("to");
    await nodes.session();
    expect(write(nodes, "nobdy@example.org")).toMatchObject({
      kind: "refused",
      status: "5.1.1",
      text: expect.stringMatching(
        /no "nobdy@example.org" in headquarters' list of names of \d{4}-\d\d-\d\d \(\d+ s old\)/,
      ),
    });
    await expect(nodes.up("Subject: x\n\nx\n", ["nobdy@example.org"])).rejects.toThrow("nobdy@example.org");
    for (const local of ["maria", "Maria+x", "maria-list-7", "postmaster", "abuse", "holly"])
      expect(write(nodes, `${local}@example.org`).kind).toBe("to");
    for (const other of ["nobdy@mazar.example.org", "nobdy@example.com"]) expect(write(nodes, other).kind).toBe("to");
  });

  it("is not judged by the list when it comes from the hub", async () => {
    const nodes = await pair();
    await nodes.session();
    nodes.spoke.directory.people.put({ name: "new", suspended: false, listed: true, changedAt: 0 });
    expect(nodes.spoke.route("new@example.org", { relay: false, link: "hub" }).kind).toBe("to");
    const refused = nodes.spoke.route("nobdy@example.org", { relay: false, link: "hub" });
    expect(refused).toMatchObject({ text: 'Nobody here has the name "nobdy"' });
  });
});
