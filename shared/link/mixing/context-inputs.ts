import type { Arena } from "./arena.ts";
import { FIRST_ESTIMATE, NEXT, RUN_HISTORY } from "./bit-history.ts";
import { halfway } from "./hash.ts";
import { BRANCHED, Runs } from "./runs.ts";
import { SLOT_BYTES, Slots } from "./slots.ts";
import { STRETCH } from "./tables.ts";

/**
 * Bytes of the two tables that decide how much history a model can remember; both are powers of two. Doubling the runs
 * saves 1 % of a message, doubling both 2 %.
 */
const SLOTS_SIZE = 1 << 23;
const RUNS_SIZE = 1 << 22;

/** An estimate moves by 1/128 of its error with each bit. */
const ESTIMATE_SHIFT = 7;
/** Estimates have 22 bits, so that such a step does not stop short of the ends. */
const ESTIMATE_BITS = 22;
const FIRST_BITS = 16;
/** A run that ends counts as at most so many bits of the kind when it becomes slots. */
const LONGEST_SEED = 6;

/**
 * The opinions of all hashed contexts about the next bit. For each context and byte there are histories for two halves,
 * in slots of the table when the context has branched, else in two slots of its own, laid out from its run: so each bit
 * is handled the same way for all.
 */
export class ContextInputs {
  /** How many contexts have been seen before. */
  known = 0;
  readonly #count: number;
  readonly #slots: Slots;
  readonly #runs: Runs;
  /** For each context and history: the probability of a one. */
  readonly #estimates: Int32Array;
  readonly #own = SLOTS_SIZE;
  readonly #hashes: Int32Array;
  readonly #halfHashes: Int32Array;
  /** Where each context's slot for this half byte begins. */
  readonly #starts: Int32Array;
  readonly #places: Int32Array;
  /** Count and byte of each context's run, 0 when there is none. */
  readonly #run: Int32Array;
  /** Kept only so that touching memory is not optimised away. */
  #touched = 0;

  constructor(arena: Arena, count: number) {
    this.#count = count;
    this.#slots = new Slots(arena, SLOTS_SIZE, 2 * SLOT_BYTES * count);
    this.#runs = new Runs(arena, RUNS_SIZE);
    this.#estimates = arena.words(256 * count);
    for (let i = 0; i < this.#estimates.length; i++)
      this.#estimates[i] = (FIRST_ESTIMATE[i & 255] as number) << (ESTIMATE_BITS - FIRST_BITS);
    this.#hashes = new Int32Array(count);
    this.#halfHashes = new Int32Array(count);
    this.#starts = new Int32Array(count);
    this.#places = new Int32Array(count);
    this.#run = new Int32Array(count);
  }

  startByte(hashes: Int32Array): void {
    const slots = this.#slots;
    const runs = this.#runs;
    const count = this.#count;
    let touched = 0;
    for (let i = 0; i < count; i++) touched |= runs.touch(hashes[i] as number);
    let known = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i] as number;
      const place = runs.locate(hash);
      const run = runs.read(place, hash);
      this.#hashes[i] = hash;
      this.#places[i] = place;
      this.#run[i] = run;
      if (run !== 0) known++;
      if (run >> 8 === BRANCHED) touched |= slots.touch(hash);
      else this.#layOut(i, run);
    }
    for (let i = 0; i < count; i++)
      if ((this.#run[i] as number) >> 8 === BRANCHED) this.#starts[i] = slots.find(hashes[i] as number);
    this.known = known;
    this.#touched = touched;
  }

  /** Goes on to the second half of the byte; `node` is the first half behind a leading one. */
  halfByte(node: number): void {
    const slots = this.#slots;
    const count = this.#count;
    let touched = this.#touched;
    for (let i = 0; i < count; i++)
      if ((this.#run[i] as number) >> 8 === BRANCHED) {
        const hash = halfway(this.#hashes[i] as number, node);
        this.#halfHashes[i] = hash;
        touched |= slots.touch(hash);
      }
    for (let i = 0; i < count; i++) {
      const run = this.#run[i] as number;
      if (run >> 8 === BRANCHED) this.#starts[i] = slots.find(this.#halfHashes[i] as number);
      else {
        const start = this.#own + 2 * SLOT_BYTES * i;
        // What a run foresees of the second half means nothing when the first was another.
        if ((run & 255) >> 4 === (node & 15)) this.#starts[i] = start + SLOT_BYTES;
        else slots.clear(start);
      }
    }
    this.#touched = touched;
  }

  /** Writes the log odds of each context into `inputs`, 0 where it has seen nothing. */
  predict(inputs: Int32Array, node: number): void {
    const histories = this.#slots.histories;
    const starts = this.#starts;
    const estimates = this.#estimates;
    const count = this.#count;
    for (let i = 0; i < count; i++) {
      const history = histories[(starts[i] as number) + node] as number;
      inputs[i] = STRETCH[(estimates[(i << 8) | history] as number) >> (ESTIMATE_BITS - 12)] as number;
    }
  }

  learn(bit: number, node: number): void {
    const histories = this.#slots.histories;
    const starts = this.#starts;
    const estimates = this.#estimates;
    const count = this.#count;
    const next = bit << 8;
    const target = (bit << ESTIMATE_BITS) - bit;
    for (let i = 0; i < count; i++) {
      const at = (starts[i] as number) + node;
      const history = histories[at] as number;
      // No evidence, no opinion: the estimate of history 0 stays at one half.
      if (history !== 0) {
        const estimate = estimates[(i << 8) | history] as number;
        estimates[(i << 8) | history] = estimate + ((target - estimate) >> ESTIMATE_SHIFT);
      }
      histories[at] = NEXT[next | history] as number;
    }
  }

  /** Learns a whole byte of which nothing was predicted: the same as eight calls of `learn`, in less time. */
  learnByte(byte: number): void {
    this.#learnHalf(byte >> 4);
    this.halfByte((byte >> 4) | 16);
    this.#learnHalf(byte & 15);
  }

  #learnHalf(half: number): void {
    const histories = this.#slots.histories;
    const starts = this.#starts;
    const estimates = this.#estimates;
    const count = this.#count;
    for (let i = 0; i < count; i++) {
      const start = starts[i] as number;
      for (let node = 1, shift = 3; shift >= 0; shift--) {
        const bit = (half >> shift) & 1;
        const history = histories[start + node] as number;
        if (history !== 0) {
          const estimate = estimates[(i << 8) | history] as number;
          estimates[(i << 8) | history] = estimate + (((bit << ESTIMATE_BITS) - bit - estimate) >> ESTIMATE_SHIFT);
        }
        histories[start + node] = NEXT[(bit << 8) | history] as number;
        node = (node << 1) | bit;
      }
    }
  }

  endByte(byte: number): void {
    const count = this.#count;
    for (let i = 0; i < count; i++) {
      const run = this.#run[i] as number;
      const times = run >> 8;
      if (times === BRANCHED) continue;
      const hash = this.#hashes[i] as number;
      const same = times === 0 || (run & 255) === byte;
      this.#runs.write(this.#places[i] as number, hash, same ? times + 1 : BRANCHED, byte);
      if (same) continue;
      this.#seed(hash, run & 255, Math.min(times, LONGEST_SEED));
      this.#seed(hash, byte, 1);
    }
  }

  /** Writes the histories that a run stands for into the two slots of context `i` itself. */
  #layOut(i: number, run: number): void {
    const start = this.#own + 2 * SLOT_BYTES * i;
    this.#starts[i] = start;
    this.#slots.clear(start);
    this.#slots.clear(start + SLOT_BYTES);
    if (run === 0) return;
    const histories = this.#slots.histories;
    const history = RUN_HISTORY[run >> 8] as number;
    const high = ((run >> 4) & 15) | 16;
    const low = (run & 15) | 16;
    for (let shift = 3; shift >= 0; shift--) {
      histories[start + (high >> (shift + 1))] = history | ((high >> shift) & 1);
      histories[start + SLOT_BYTES + (low >> (shift + 1))] = history | ((low >> shift) & 1);
    }
  }

  /** Teaches the slots of `hash` that `byte` has followed so many times. */
  #seed(hash: number, byte: number, times: number): void {
    const histories = this.#slots.histories;
    let start = this.#slots.find(hash);
    let node = 1;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >> shift) & 1;
      let history = histories[start + node] as number;
      for (let time = 0; time < times; time++) history = NEXT[(bit << 8) | history] as number;
      histories[start + node] = history;
      node = (node << 1) | bit;
      if (shift === 4) {
        start = this.#slots.find(halfway(hash, node));
        node = 1;
      }
    }
  }
}
