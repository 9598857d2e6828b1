import type { Arena } from "./arena.ts";
import { PROBABILITY_BITS, SQUASH, STRETCH_LIMIT } from "./tables.ts";

/**
 * Logistic mixing in two layers. Each set of weights of the first layer weighs all inputs and is chosen by something
 * else that is known (how long the match is, the last byte, …); the second layer weighs what the sets say.
 */
export interface MixerShape {
  readonly inputs: number;
  /** How many choices each set of the first layer has. */
  readonly sets: readonly number[];
  /** Choices of the second layer. */
  readonly finals: number;
}

/** Weights have 16 fractional bits and stay below 8, so that a product of weight and log odds fits 31 bits. */
const WEIGHT_ONE = 1 << 16;
const WEIGHT_LIMIT = 8 * WEIGHT_ONE - 1;
/** Fractional bits that a product loses before it is added, and the sum afterwards. */
const EARLY_SHIFT = 8;
const LATE_SHIFT = 8;

/** How fast weights follow the error: step = log odds × error × rate / 2^20 of a weight's unit. */
export const RATES = { first: 6, final: 2 };

export class Mixer {
  /** Log odds of this bit, written anew for each. */
  readonly inputs: Int32Array;
  /** The choice of each set for this bit. */
  readonly chosen: Int32Array;
  finalChosen = 0;
  readonly #starts: Int32Array;
  readonly #weights: Int32Array;
  readonly #finals: Int32Array;
  /** What each set said: log odds. */
  readonly #said: Int32Array;
  #final = 1 << (PROBABILITY_BITS - 1);

  constructor(arena: Arena, shape: MixerShape) {
    const { inputs, sets, finals } = shape;
    this.inputs = new Int32Array(inputs);
    this.chosen = new Int32Array(sets.length);
    this.#said = new Int32Array(sets.length);
    this.#starts = Int32Array.from(sets, (_, set) => sets.slice(0, set).reduce((sum, n) => sum + n * inputs, 0));
    this.#weights = arena.words(sets.reduce((sum, n) => sum + n * inputs, 0)).fill(Math.floor((WEIGHT_ONE * 3) / 10));
    this.#finals = arena.words(finals * sets.length).fill(Math.floor(WEIGHT_ONE / sets.length));
  }

  /** The log odds of a one. */
  mix(): number {
    const { inputs, chosen } = this;
    const said = this.#said;
    const weights = this.#weights;
    const count = inputs.length;
    for (let set = 0; set < said.length; set++) {
      const start = (this.#starts[set] as number) + Math.imul(chosen[set] as number, count);
      let sum = 0;
      for (let i = 0; i < count; i++)
        sum = (sum + (Math.imul(weights[start + i] as number, inputs[i] as number) >> EARLY_SHIFT)) | 0;
      said[set] = clamp(sum >> LATE_SHIFT, STRETCH_LIMIT);
    }
    const start = Math.imul(this.finalChosen, said.length);
    let sum = 0;
    for (let set = 0; set < said.length; set++)
      sum = (sum + (Math.imul(this.#finals[start + set] as number, said[set] as number) >> EARLY_SHIFT)) | 0;
    const odds = clamp(sum >> LATE_SHIFT, STRETCH_LIMIT);
    this.#final = SQUASH[odds + STRETCH_LIMIT + 1] as number;
    return odds;
  }

  train(bit: number): void {
    const { inputs, chosen } = this;
    const said = this.#said;
    const count = inputs.length;
    const finals = this.#finals;
    const start = Math.imul(this.finalChosen, said.length);
    const finalStep = stepOf(bit, this.#final, RATES.final);
    for (let set = 0; set < said.length; set++) {
      const odds = said[set] as number;
      finals[start + set] = clamp(
        (finals[start + set] as number) + ((Math.imul(odds, finalStep) + ROUND) >> STEP_SHIFT),
        WEIGHT_LIMIT,
      );
      const step = stepOf(bit, SQUASH[odds + STRETCH_LIMIT + 1] as number, RATES.first);
      if (step < STILL && step > -STILL) continue;
      const from = (this.#starts[set] as number) + Math.imul(chosen[set] as number, count);
      trainSet(this.#weights, from, inputs, step);
    }
  }
}

const STEP_SHIFT = 14;
/** Weights that hardly err stay: most bits of mail are foreseen, and training is half of the work. */
const STILL = 40;
const ROUND = 1 << (STEP_SHIFT - 1);

function stepOf(bit: number, said: number, rate: number): number {
  return Math.imul((bit << PROBABILITY_BITS) - said, rate) >> 6;
}

function trainSet(weights: Int32Array, from: number, inputs: Int32Array, step: number): void {
  const count = inputs.length;
  for (let i = 0; i < count; i++) {
    const weight = ((weights[from + i] as number) + ((Math.imul(inputs[i] as number, step) + ROUND) >> STEP_SHIFT)) | 0;
    weights[from + i] = weight > WEIGHT_LIMIT ? WEIGHT_LIMIT : weight < -WEIGHT_LIMIT ? -WEIGHT_LIMIT : weight;
  }
}

function clamp(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}
