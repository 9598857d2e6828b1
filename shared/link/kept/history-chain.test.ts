import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HistoryChain, type Pin } from "./history-chain.ts";
import { nextState, ROOT } from "./history-state.ts";

/** Adds an item as `History` does. */
function put(chain: HistoryChain, window: number, parent: string, bytes: Uint8Array, pins: readonly Pin[] = []) {
  const state = nextState(parent, bytes);
  const long = bytes.length > window;
  const before = chain.add({ seq: chain.seq + 1, state, parent, length: bytes.length, ...(long ? {} : { bytes }) });
  return { state, gone: [...before, ...chain.trim(() => pins)] };
}

const texts = (items: readonly Uint8Array[] | undefined) => items?.map((one) => Buffer.from(one).toString());

describe("a chain of items", () => {
  it("has in a window what fits, oldest first, and the next one not", () => {
    const chain = new HistoryChain(10);
    let tip = ROOT;
    for (const text of ["aaaa", "bbbb", "cccc", "dd"]) tip = put(chain, 10, tip, Buffer.from(text)).state;
    expect(texts(chain.window(tip))).toEqual(["bbbb", "cccc", "dd"]);
    expect(chain.tip).toBe(tip);
  });

  it("knows its beginning, and nothing that it has not seen", () => {
    const chain = new HistoryChain(10);
    expect(chain.window(ROOT)).toEqual([]);
    expect(chain.has(ROOT)).toBe(true);
    expect(chain.has("f".repeat(16))).toBe(false);
    const orphan = put(chain, 10, "e".repeat(16), Buffer.from("x")).state;
    expect(chain.has(orphan)).toBe(false);
    expect(texts(chain.items([orphan]))).toEqual(["x"]);
    expect(chain.items([orphan, "f".repeat(16)])).toBeUndefined();
  });

  it("does not know a state any more when something within its window has been given up", () => {
    const chain = new HistoryChain(100);
    const first = put(chain, 100, ROOT, Buffer.alloc(60, 1)).state;
    const leaf = put(chain, 100, first, Buffer.alloc(30, 2)).state;
    expect(chain.has(leaf)).toBe(true);
    const other = put(chain, 100, ROOT, Buffer.alloc(80, 3)).state;
    expect(put(chain, 100, other, Buffer.alloc(80, 4)).gone.map(({ state }) => state)).toEqual([first]);
    expect(chain.has(leaf)).toBe(false);
    expect(chain.window(leaf)).toBeUndefined();
  });

  it("gives up last what has come again", () => {
    const chain = new HistoryChain(100);
    const first = put(chain, 100, ROOT, Buffer.alloc(90, 1)).state;
    const second = put(chain, 100, ROOT, Buffer.alloc(90, 2)).state;
    put(chain, 100, ROOT, Buffer.alloc(90, 1));
    expect(chain.tip).toBe(first);
    put(chain, 100, ROOT, Buffer.alloc(90, 3));
    expect([chain.has(first), chain.has(second)]).toEqual([true, false]);
  });

  it("keeps the mark of an item that is longer than the window, which ends windows", () => {
    const chain = new HistoryChain(100);
    let tip = put(chain, 100, ROOT, Buffer.alloc(1000, 1)).state;
    expect(chain.window(tip)).toEqual([]);
    expect(chain.items([tip])).toBeUndefined();
    for (let value = 2; value < 30; value += 1) {
      tip = put(chain, 100, tip, Buffer.alloc(value % 7 === 0 ? 1000 : 40, value)).state;
      expect(chain.has(tip)).toBe(true);
    }
  });

  it("holds nothing with a window of 0", () => {
    const chain = new HistoryChain(0);
    const { state, gone } = put(chain, 0, ROOT, Buffer.from("x"));
    expect([gone, chain.has(state), chain.tip]).toEqual([[], false, ROOT]);
    expect([chain.window(ROOT), chain.has(ROOT)]).toEqual([[], true]);
  });

  const items = fc.array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 60 }), fc.nat(2)), { maxLength: 60 });

  it("has windows that depend on the state only, however much was given up", () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 80 }), fc.array(fc.nat(59)), (steps, window, missed) => {
        const [one, other] = [new HistoryChain(window), new HistoryChain(window)];
        const states = [ROOT];
        for (const [index, [back, length, fill]] of steps.entries()) {
          const parent = states.at(-1 - (back % states.length)) ?? ROOT;
          const bytes = Buffer.alloc(length, fill);
          states.push(put(one, window, parent, bytes).state);
          // The other end missed some, and gets some again.
          if (!missed.includes(index)) put(other, window, parent, bytes);
          if (fill === 0) put(other, window, parent, bytes);
        }
        for (const state of states.filter((known) => one.has(known) && other.has(known)))
          expect(one.window(state)).toEqual(other.window(state));
        for (const state of states) expect(one.has(state)).toBe(one.window(state) !== undefined);
      }),
    );
  });

  it("always knows the newest state of a single line of items, and keeps at most two windows", () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 80 }), (steps, window) => {
        const chain = new HistoryChain(window);
        const held = new Map<string, number>();
        let tip = ROOT;
        for (const [index, [, length]] of steps.entries()) {
          const { state, gone } = put(chain, window, tip, Buffer.alloc(length, index));
          tip = state;
          held.set(state, length > window ? 0 : length);
          for (const one of gone) held.delete(one.state);
          expect(chain.has(tip)).toBe(true);
          expect([...held.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(2 * window);
        }
      }),
    );
  });
});

describe("pinned items", () => {
  it("outlast newer ones: the base's window, the item where it ends, and the items after the base", () => {
    const chain = new HistoryChain(100);
    let tip = ROOT;
    const line: string[] = [];
    for (let value = 0; value < 8; value += 1) {
      tip = put(chain, 100, tip, Buffer.alloc(40, value)).state;
      line.push(tip);
    }
    const [base = "", after = ""] = line.slice(-3);
    const pin = { base, states: [after] };
    const [window, items] = [chain.window(base), chain.items([after])];
    for (let value = 8; value < 50; value += 1) tip = put(chain, 100, tip, Buffer.alloc(40, value), [pin]).state;
    expect([chain.has(base), chain.window(base), chain.items([after])]).toEqual([true, window, items]);
    expect(window?.map((one) => one[0])).toEqual([4, 5]);
    expect([chain.has(line.at(-1) ?? ""), chain.has(tip)]).toEqual([false, true]);
    tip = put(chain, 100, tip, Buffer.alloc(40, 50)).state;
    expect([chain.has(base), chain.items([after]), chain.has(tip)]).toEqual([false, undefined, true]);
  });

  it("are those of the first pins that fit into two windows; one that lacks something takes no room", () => {
    const chain = new HistoryChain(100);
    const fills = [1, 2, 3, 4].map((fill) => Buffer.alloc(90, fill));
    const all: Pin[] = fills.map((bytes) => ({ base: nextState(ROOT, bytes), states: [] }));
    const branches = fills.map((bytes) => put(chain, 100, ROOT, bytes, all).state);
    const lacking = { base: branches[0] ?? "", states: ["f".repeat(16)] };
    const pins = [lacking, ...all.toReversed()];
    let tip = ROOT;
    for (let value = 5; value < 12; value += 1) tip = put(chain, 100, tip, Buffer.alloc(90, value), pins).state;
    expect(branches.map((branch) => chain.has(branch))).toEqual([false, false, true, true]);
    expect(chain.has(tip)).toBe(true);
  });

  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.boolean()), { maxLength: 80 });

  it("never cost the newest state, nor more than four windows, and the most important one is never given up", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 80 }), (line, window) => {
        const chain = new HistoryChain(window);
        const held = new Map<string, number>();
        let tip = ROOT;
        let pins: Pin[] = [];
        for (const [index, [length, pinned]] of line.entries()) {
          const { state, gone } = put(chain, window, tip, Buffer.alloc(length, index), pins);
          tip = state;
          held.set(state, length > window ? 0 : length);
          for (const one of gone) held.delete(one.state);
          expect(chain.has(tip)).toBe(true);
          expect([...held.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(4 * window);
          if (pinned) pins = [...pins, { base: tip, states: [] }];
          const [first] = pins;
          if (first !== undefined) expect(chain.has(first.base)).toBe(true);
        }
      }),
    );
  });
});
