import { Arena } from "./arena.ts";
import { FIRST_ESTIMATE, NEXT } from "./bit-history.ts";
import { CONTEXTS, Contexts } from "./contexts.ts";
import { Match } from "./match.ts";
import { Mixer } from "./mixer.ts";
import { Slots } from "./slots.ts";
import { PROBABILITY_ONE, SQUASH, STRETCH } from "./tables.ts";

/** Bytes of one predictor. */
export const ARENA_BYTES = 26 << 20;
const SLOT_TABLE_BYTES = 1 << 24;

const PER_CONTEXT = 2;
const EXTRA = 4;
const INPUTS = CONTEXTS * PER_CONTEXT + EXTRA;
const MATCH_BUCKETS = 64;
const MAP_LIMIT = 255;
/** `PACE[n]`: the share of the error that an estimate moves after n observations, of 65536. */
const PACE = Int32Array.from({ length: 1024 }, (_, n) => Math.floor(65536 / (n + 1.5)));

/** Predicts one bit after another and learns each. */
export class Predictor {
  readonly #arena = new Arena(ARENA_BYTES);
  readonly #slots = new Slots(this.#arena, SLOT_TABLE_BYTES);
  readonly #match = new Match(this.#arena);
  readonly #contexts = new Contexts(this.#arena);
  readonly #mixer = new Mixer(this.#arena, { inputs: INPUTS, sets: [MATCH_BUCKETS, 256, 256 * 3], finals: 256 });
  /** Estimates of each history of each context: 22 bits of probability, 10 of how often. */
  readonly #maps = this.#arena.words(CONTEXTS * 256);
  readonly #matchMap = this.#arena.words(MATCH_BUCKETS * 2);
  readonly #order0 = this.#arena.words(256);
  readonly #apm1 = this.#arena.halves(256 * 33);
  readonly #apm2 = this.#arena.halves(4096 * 33);
  readonly #halfHashes = new Int32Array(CONTEXTS);
  readonly #bases = new Int32Array(CONTEXTS);
  readonly #places = new Int32Array(CONTEXTS);
  /** The bits of this byte so far, after a leading one. */
  #partial = 1;
  #node = 1;
  #expected = 0;
  #apmAt1 = 0;
  #apmAt2 = 0;

  constructor() {
    for (let i = 0; i < this.#maps.length; i++) this.#maps[i] = ((FIRST_ESTIMATE[i & 255] as number) << 6) << 10;
    this.#matchMap.fill(1 << 31);
    this.#order0.fill(1 << 31);
    for (const apm of [this.#apm1, this.#apm2])
      for (let i = 0; i < apm.length; i++) apm[i] = SQUASH[Math.min((i % 33) * 128, 4095)] as number;
    this.#startByte();
  }

  copyFrom(other: Predictor): void {
    this.#arena.copyFrom(other.#arena);
    this.#partial = 1;
    this.#startByte();
  }

  /** The probability that the next bit is a one, 16 bits. */
  predict(): number {
    const inputs = this.#mixer.inputs;
    const histories = this.#slots.histories;
    const bases = this.#bases;
    const places = this.#places;
    const maps = this.#maps;
    const node = this.#node;
    let n = 0;
    for (let i = 0; i < CONTEXTS; i++) {
      const history = histories[(bases[i] as number) + node] as number;
      const place = (i << 8) | history;
      places[i] = place;
      if (history === 0) {
        inputs[n] = 0;
        inputs[n + 1] = 0;
      } else {
        const p = (maps[place] as number) >>> 16;
        inputs[n] = STRETCH[p >> 4] as number;
        inputs[n + 1] = (p - 32768) >> 5;
      }
      n += PER_CONTEXT;
    }
    this.#predictMatch(inputs, n);
    inputs[n + 2] = STRETCH[(this.#order0[this.#partial] as number) >>> 20] as number;
    inputs[n + 3] = 256;
    const { chosen } = this.#mixer;
    chosen[1] = this.#partial;
    const odds = this.#mixer.mix();
    return this.#refine(odds);
  }

  #predictMatch(inputs: Int32Array, n: number): void {
    const expected = this.#expected;
    if (expected === 0 || expected >> (8 - this.#bitsDone()) !== this.#partial) {
      this.#expected = 0;
      inputs[n] = 0;
      inputs[n + 1] = 0;
      this.#mixer.chosen[0] = 0;
      return;
    }
    const bit = (expected >> (7 - this.#bitsDone())) & 1;
    const bucket = this.#bucket;
    this.#mixer.chosen[0] = bucket;
    const p = (this.#matchMap[bucket] as number) >>> 16;
    const st = STRETCH[p >> 4] as number;
    inputs[n] = bit === 1 ? st : -st;
    inputs[n + 1] = (bit === 1 ? p - 32768 : 32768 - p) >> 5;
  }

  #bucket = 0;

  #bitsDone(): number {
    return 31 - Math.clz32(this.#partial);
  }

  #refine(odds: number): number {
    const p0 = SQUASH[odds + 2048] as number;
    const position = odds + 2048;
    const low = position >> 7;
    const w = position & 127;
    const c = this.#contexts;
    const at1 = this.#partial * 33 + low;
    const at2 = (Math.imul(c.lastByte | (this.#partial << 8), 0x2c1b3c6d) >>> 20) * 33 + low;
    const a1 = this.#apm1;
    const a2 = this.#apm2;
    const p1 = ((a1[at1] as number) * (128 - w) + (a1[at1 + 1] as number) * w) >> 7;
    const p2 = ((a2[at2] as number) * (128 - w) + (a2[at2 + 1] as number) * w) >> 7;
    this.#apmAt1 = w < 64 ? at1 : at1 + 1;
    this.#apmAt2 = w < 64 ? at2 : at2 + 1;
    const p = (2 * p0 + p1 + p2 + 2) >> 2;
    return p < 16 ? 16 : p > PROBABILITY_ONE - 16 ? PROBABILITY_ONE - 16 : p;
  }

  /** Learns the bit that came; `predict` was called before. */
  learn(bit: number): void {
    this.#mixer.train(bit);
    const histories = this.#slots.histories;
    const bases = this.#bases;
    const places = this.#places;
    const maps = this.#maps;
    const next = bit << 8;
    const node = this.#node;
    for (let i = 0; i < CONTEXTS; i++) {
      const place = places[i] as number;
      adjust(maps, place, bit, MAP_LIMIT);
      histories[(bases[i] as number) + node] = NEXT[next | (place & 255)] as number;
    }
    adjust(this.#order0, this.#partial, bit, 1023);
    if (this.#expected !== 0) {
      const right = ((this.#expected >> (7 - this.#bitsDone())) & 1) === bit ? 1 : 0;
      adjust(this.#matchMap, this.#bucket, right, 1023);
    }
    const target = bit * 65535;
    this.#apm1[this.#apmAt1] =
      (this.#apm1[this.#apmAt1] as number) + ((target - (this.#apm1[this.#apmAt1] as number)) >> 6);
    this.#apm2[this.#apmAt2] =
      (this.#apm2[this.#apmAt2] as number) + ((target - (this.#apm2[this.#apmAt2] as number)) >> 6);
    this.#partial = (this.#partial << 1) | bit;
    this.#node = (this.#node << 1) | bit;
    if (this.#partial >= 256) this.#endByte();
    else if (this.#partial >= 16 && this.#partial < 32) this.#halfByte();
  }

  #endByte(): void {
    const byte = this.#partial & 255;
    this.#contexts.take(byte, this.#match.position + 1);
    this.#match.push(byte, this.#contexts.inMark);
    this.#partial = 1;
    this.#startByte();
  }

  #startByte(): void {
    this.#node = 1;
    const match = this.#match;
    this.#contexts.rehash(match);
    this.#expected = match.length === 0 ? 0 : match.expected | 256;
    this.#bucket = match.length === 0 ? 0 : 1 + lengthBucket(match.length);
    this.#mixer.chosen[2] = this.#contexts.lastByte;
    this.#mixer.finalChosen = this.#bucket;
    this.#slots.findAll(this.#contexts.hashes, this.#bases);
  }

  #halfByte(): void {
    const hashes = this.#contexts.hashes;
    const salt = Math.imul(this.#node, 0x2f0b4c47);
    for (let i = 0; i < CONTEXTS; i++) {
      const h = Math.imul((hashes[i] as number) + salt, 0x2c1b3c6d);
      this.#halfHashes[i] = h ^ (h >>> 15);
    }
    this.#slots.findAll(this.#halfHashes, this.#bases);
    this.#node = 1;
  }
}

function lengthBucket(length: number): number {
  return length < 16
    ? length
    : length < 32
      ? 16 + ((length - 16) >> 2)
      : length < 64
        ? 20 + ((length - 32) >> 4)
        : length < 512
          ? 22 + (length >> 7)
          : 27;
}

function adjust(map: Int32Array, at: number, bit: number, limit: number): void {
  const entry = map[at] as number;
  const count = entry & 1023;
  const p = entry >>> 10;
  const error = ((bit << 22) - bit - p) >> 6;
  const moved = p + (Math.imul(error, (PACE[count] as number) >> 1) >> 9);
  map[at] = (moved << 10) | (count < limit ? count + 1 : count);
}
