import type { Arena } from "./arena.ts";
import { PROBABILITY_BITS, SQUASH, STRETCH_LIMIT } from "./tables.ts";

/**
 * Logistic mixing in two layers. Each of the three sets of weights of the first layer weighs all inputs and is chosen by
 * something else that is known (the match, the bits so far, the last bytes); the second layer weighs what the three say.
 */
const SETS = 3;

/** Weights have 16 fractional bits. */
const WEIGHT_ONE = 1 << 16;
const FIRST_WEIGHT = Math.floor(WEIGHT_ONE / 6);
/** Fractional bits that a product loses before it is added, and the sum afterwards. */
const EARLY_SHIFT = 8;
const LATE_SHIFT = 8;

/** How fast weights follow the error: a step is log odds × error × rate / 2^20. */
const RATE = 48;
const FINAL_RATE = 3;
/** Weights that hardly err stay: most bits of mail are foreseen, and training is a third of the work. */
const STILL = 2000;
const ERROR_SHIFT = 6;
const STEP_SHIFT = 14;
const HALF_STEP = 1 << (STEP_SHIFT - 1);

export class Mixer {
  /** Log odds of this bit, written anew for each. */
  readonly inputs: Int32Array;
  readonly #weights: Int32Array;
  readonly #finalWeights: Int32Array;
  readonly #secondSet: number;
  readonly #thirdSet: number;
  /** Where the chosen weights begin. */
  #a = 0;
  #b = 0;
  #c = 0;
  #final = 0;
  /** What each set said and what came of it: log odds. */
  #saidA = 0;
  #saidB = 0;
  #saidC = 0;
  #said = 0;

  /** @param choices how many each set of the first layer has, and the second layer */
  constructor(arena: Arena, inputs: number, choices: readonly [number, number, number], finalChoices: number) {
    const [first, second, third] = choices;
    this.inputs = new Int32Array(inputs);
    this.#secondSet = first * inputs;
    this.#thirdSet = (first + second) * inputs;
    this.#weights = arena.words((first + second + third) * inputs).fill(FIRST_WEIGHT);
    this.#finalWeights = arena.words(finalChoices * SETS).fill(Math.floor(WEIGHT_ONE / SETS));
  }

  choose(first: number, second: number, third: number, final: number): void {
    const count = this.inputs.length;
    this.#a = Math.imul(first, count);
    this.#b = this.#secondSet + Math.imul(second, count);
    this.#c = this.#thirdSet + Math.imul(third, count);
    this.#final = Math.imul(final, SETS);
  }

  /** The log odds of a one. */
  mix(): number {
    const { inputs } = this;
    const weights = this.#weights;
    const count = inputs.length;
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let sumA = 0;
    let sumB = 0;
    let sumC = 0;
    for (let i = 0; i < count; i++) {
      const odds = inputs[i] as number;
      sumA = (sumA + (Math.imul(weights[a++] as number, odds) >> EARLY_SHIFT)) | 0;
      sumB = (sumB + (Math.imul(weights[b++] as number, odds) >> EARLY_SHIFT)) | 0;
      sumC = (sumC + (Math.imul(weights[c++] as number, odds) >> EARLY_SHIFT)) | 0;
    }
    this.#saidA = limited(sumA >> LATE_SHIFT);
    this.#saidB = limited(sumB >> LATE_SHIFT);
    this.#saidC = limited(sumC >> LATE_SHIFT);
    const finals = this.#finalWeights;
    const at = this.#final;
    const sum =
      (Math.imul(finals[at] as number, this.#saidA) >> EARLY_SHIFT) +
      (Math.imul(finals[at + 1] as number, this.#saidB) >> EARLY_SHIFT) +
      (Math.imul(finals[at + 2] as number, this.#saidC) >> EARLY_SHIFT);
    this.#said = limited(sum >> LATE_SHIFT);
    return this.#said;
  }

  /** `mix` was called for this bit. */
  train(bit: number): void {
    const finals = this.#finalWeights;
    const at = this.#final;
    const finalError = errorOf(bit, this.#said, FINAL_RATE);
    finals[at] = moved(finals[at] as number, this.#saidA, finalError);
    finals[at + 1] = moved(finals[at + 1] as number, this.#saidB, finalError);
    finals[at + 2] = moved(finals[at + 2] as number, this.#saidC, finalError);
    const errorA = errorOf(bit, this.#saidA, RATE);
    const errorB = errorOf(bit, this.#saidB, RATE);
    const errorC = errorOf(bit, this.#saidC, RATE);
    // All three have the sign of what they missed.
    const error = errorA + errorB + errorC;
    if (error > -STILL && error < STILL) return;
    const { inputs } = this;
    const weights = this.#weights;
    const count = inputs.length;
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    for (let i = 0; i < count; i++) {
      const odds = inputs[i] as number;
      weights[a] = moved(weights[a] as number, odds, errorA);
      weights[b] = moved(weights[b] as number, odds, errorB);
      weights[c] = moved(weights[c] as number, odds, errorC);
      a++;
      b++;
      c++;
    }
  }
}

function errorOf(bit: number, said: number, rate: number): number {
  const p = SQUASH[said + STRETCH_LIMIT + 1] as number;
  return Math.imul((bit << PROBABILITY_BITS) - p, rate) >> ERROR_SHIFT;
}

/** What would leave 32 bits wraps around, the same on every machine: a bad guess, never a wrong message. */
function moved(weight: number, odds: number, error: number): number {
  return (weight + ((Math.imul(odds, error) + HALF_STEP) >> STEP_SHIFT)) | 0;
}

function limited(odds: number): number {
  return odds > STRETCH_LIMIT ? STRETCH_LIMIT : odds < -STRETCH_LIMIT ? -STRETCH_LIMIT : odds;
}
