import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checksumOf } from "#shared/link/checksum.js";
import { parcelId } from "#shared/link/wire/parcel-head.js";
import { GivenAnswers } from "./answers.ts";
import { History } from "./history.ts";
import { HistoryChain } from "./history-chain.ts";
import { nextState, ROOT } from "./history-state.ts";
import { type IncomingHead, IncomingParcels } from "./incoming.ts";
import { OutgoingParcels } from "./outgoing.ts";
import { newFolder, newLog } from "./test-disk.ts";
import { faults, openFiles, StoppedError } from "./test-faults.ts";

/** Each store does its work on a disk that fails at the first call, at the second … and is stopped at each as well. */
vi.mock("node:fs/promises", async (load) => {
  const { faulty } = await import("./test-faults.ts");
  return faulty(await load<typeof import("node:fs/promises")>());
});
vi.mock("node:fs", async (load) => {
  const { faultySync } = await import("./test-faults.ts");
  return faultySync(await load<typeof import("node:fs")>());
});
afterEach(() => faults.arm("none"));

type Fault = "fail" | "stop";

/** Calls made up to a point of the work to which a stopped one has not come. */
const NOT_REACHED = Number.POSITIVE_INFINITY;

/** Runs the work once for each of its disk calls; then looks, on a disk that is well again, at what it has left. */
async function atEachCall(
  kind: Fault,
  work: (folder: string, log: ReturnType<typeof newLog>["log"]) => Promise<void>,
  look: (folder: string, at: number) => Promise<void>,
): Promise<number> {
  for (let at = 1; ; at += 1) {
    const folder = join(await newFolder(), "store");
    const { lines, log } = newLog();
    faults.arm(kind, at);
    const failed = await work(folder, log).catch((error: unknown) => error);
    const { calls } = faults;
    faults.arm("none");
    if (failed !== undefined && !(kind === "stop" && failed instanceof StoppedError)) throw failed;
    expect(lines.length).toBeLessThanOrEqual(1);
    if (kind === "fail") expect(openFiles.size).toBe(0);
    for (const file of openFiles) await file.close();
    await look(folder, at);
    if (calls < at) return at - 1;
  }
}

const WINDOW = 500;
const ITEMS = Array.from({ length: 16 }, (_, index) => Buffer.alloc(100, `item ${index} `));

describe.each<Fault>(["fail", "stop"])("history, at each disk call: %s", (kind) => {
  const whole = new HistoryChain(1_000_000);
  const states = [ROOT];
  for (const bytes of ITEMS) {
    const parent = states.at(-1) ?? ROOT;
    const state = nextState(parent, bytes);
    whole.add({ seq: states.length, state, parent, length: bytes.length, bytes });
    states.push(state);
  }

  it("goes on in this session, and is never another history in the next", async () => {
    let callsToConfirm = NOT_REACHED;
    const work = async (folder: string, log: ReturnType<typeof newLog>["log"]) => {
      callsToConfirm = NOT_REACHED;
      const history = await History.open(folder, { window: WINDOW, log });
      for (const [index, bytes] of ITEMS.entries()) await history.append(states[index] ?? ROOT, bytes);
      await history.append(states[15] ?? ROOT, ITEMS[15] ?? Buffer.alloc(0));
      history.confirm(states[7] ?? "");
      await history.flush();
      callsToConfirm = faults.calls;
      history.confirm(states[9] ?? "");
      await history.flush();
      expect([history.tip, history.has(history.tip), history.confirmed]).toEqual([states[16], true, states[9]]);
    };
    const calls = await atEachCall(kind, work, async (folder, at) => {
      const { log } = newLog();
      const again = await History.open(folder, { window: WINDOW, log });
      expect(states).toContain(again.tip);
      expect(again.has(again.tip)).toBe(true);
      // What was confirmed before is not lost by a second one that is torn.
      const confirmed = [states[7], states[9], ...(at <= callsToConfirm ? [ROOT] : [])];
      expect(confirmed).toContain(again.confirmed);
      for (const state of states.filter((one) => again.has(one))) {
        const held = again.window(state) ?? [];
        expect(held).toEqual(whole.window(state)?.slice(-5));
      }
      const next = await again.append(again.tip, Buffer.from("next"));
      const { lines, log: last } = newLog();
      expect((await History.open(folder, { window: WINDOW, log: last })).tip).toBe(next);
      // What was torn is gone after it was noticed once.
      expect(lines).toEqual([]);
      const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
      expect((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)).toBeLessThan(4 * WINDOW);
    });
    expect(calls).toBeGreaterThan(25);
  });
});

const CHECKSUM = "0123456789abcdef";
/** No part of it is like another: a piece that stands in the wrong place shows. */
const BODY = Buffer.from(Array.from({ length: 500 }, (_, index) => String(index).padStart(4, "0")).join(""));

function headOf(mailId: string): { id: string; head: IncomingHead } {
  const common = { kind: "mail", sender: "omid@example.org", class: "normal", size: 5000, fields: {} } as const;
  const header = { ...common, mailId, recipients: [{ address: "leyla@example.org" }], checksum: CHECKSUM };
  const encoding = { unwrapped: false, codec: "mixing" } as const;
  const base = { own: ROOT, other: ROOT };
  const head: IncomingHead = { header, encoding, encodedLength: BODY.length, base, states: [] };
  return { id: parcelId(header), head };
}

describe.each<Fault>(["fail", "stop"])("parcels that come, at each disk call: %s", (kind) => {
  const large = headOf("AAAAAAAAAAAAAAAA");
  const small = headOf("BBBBBBBBBBBBBBBB");

  /** What the disk has refused comes again at once: it must stand where it would have stood. */
  async function receive(parcels: IncomingParcels, id: string, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += 300) {
      const piece = BODY.subarray(at, Math.min(to, at + 300));
      if ((await parcels.write(id, piece)) !== undefined) await parcels.write(id, piece);
    }
  }

  it("have in the next session a beginning of what has come, said rightly, or nothing", async () => {
    const work = async (folder: string, log: ReturnType<typeof newLog>["log"]) => {
      const first = await IncomingParcels.open(folder, log);
      if ((await first.begin(large.id, large.head)) === undefined) await receive(first, large.id, 0, 900);
      if ((await first.begin(small.id, small.head)) === undefined) await receive(first, small.id, 0, 100);
      await first.endSession();
      const second = await IncomingParcels.open(folder);
      const offset = second.get(large.id)?.offset;
      if (offset !== undefined) await receive(second, large.id, offset, 1500);
      await second.endSession();
    };
    let kept = 0;
    const calls = await atEachCall(kind, work, async (folder) => {
      const parcels = await IncomingParcels.open(folder);
      const list = parcels.list(() => true);
      for (const { id, offset, checksum } of list) {
        expect(checksum).toBe(checksumOf(BODY.subarray(0, offset)));
        expect(parcels.get(id)?.head).toEqual(id === large.id ? large.head : small.head);
        await receive(parcels, id, offset, BODY.length);
        expect(await parcels.body(id)).toEqual(BODY);
      }
      if (list.some(({ id }) => id === large.id)) kept += 1;
      await parcels.clear();
      expect(await readdir(folder)).toEqual([]);
    });
    expect(calls).toBeGreaterThan(25);
    // Most faults come when there is something to lose, and do not cost it.
    expect(kept).toBeGreaterThan(calls / 2);
  });
});

describe.each<Fault>(["fail", "stop"])("given answers, at each disk call: %s", (kind) => {
  const ids = [1, 2, 3, 4, 5].map((number) => number.toString(16).padStart(16, "0"));
  const answersOf = (id: string) => [{ letter: id.endsWith("2") ? ("Z" as const) : ("D" as const), text: `of ${id}` }];

  it("are in the next session as they were given, and all of them when the disk was well again", async () => {
    const path = (folder: string) => `${folder}-answers`;
    let [callsToSave, callsToLast] = [NOT_REACHED, NOT_REACHED];
    let inMemory: string[] = [];
    const work = async (folder: string, log: ReturnType<typeof newLog>["log"]) => {
      callsToSave = NOT_REACHED;
      const first = GivenAnswers.open(path(folder), log);
      for (const [stream, id] of ids.slice(0, 3).entries()) first.add(stream, id, answersOf(id));
      callsToSave = faults.calls;
      first.save();
      const second = GivenAnswers.open(path(folder));
      for (const [stream, id] of ids.slice(3).entries()) {
        callsToLast = faults.calls;
        second.add(stream, id, answersOf(id));
      }
      inMemory = second.list().map(({ id }) => id);
      expect(inMemory).toEqual(expect.arrayContaining(ids.slice(3)));
    };
    const calls = await atEachCall(kind, work, async (folder, at) => {
      const list = GivenAnswers.open(path(folder)).list();
      const listed = list.map(({ id }) => id);
      if (kind === "stop" && at > callsToSave) expect(listed).toEqual(expect.arrayContaining(ids.slice(0, 3)));
      if (kind === "fail" && at <= callsToLast) expect(listed).toEqual(inMemory);
      for (const { id, answers } of list) {
        expect(ids).toContain(id);
        expect(answers).toEqual(answersOf(id));
      }
      const again = GivenAnswers.open(path(folder));
      again.add(9, "9".repeat(16), []);
      expect(GivenAnswers.open(path(folder)).list()).toEqual([{ id: "9".repeat(16), answers: [] }, ...list]);
    });
    expect(calls).toBeGreaterThan(8);
  });
});

describe.each<Fault>(["fail", "stop"])("encoded parcels that were begun, at each disk call: %s", (kind) => {
  const [one = "", other = ""] = [1, 2].map((number) => number.toString(16).padStart(16, "0"));

  it("are in the next session whole or not at all, and nothing else is", async () => {
    const work = async (folder: string, log: ReturnType<typeof newLog>["log"]) => {
      const parcels = await OutgoingParcels.open(folder, log);
      await parcels.save(one, BODY);
      await parcels.save(other, BODY);
      await parcels.save(one, BODY.subarray(300));
      await parcels.drop(other);
    };
    const calls = await atEachCall(kind, work, async (folder) => {
      const parcels = await OutgoingParcels.open(folder);
      const names = (await readdir(folder)).sort();
      expect(names).toEqual([one, other].filter((id) => parcels.has(id)));
      for (const id of names) {
        const content = await readFile(join(folder, id));
        expect([BODY, ...(id === one ? [BODY.subarray(300)] : [])]).toContainEqual(content);
      }
    });
    expect(calls).toBeGreaterThan(8);
  });
});
