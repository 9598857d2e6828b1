import { Arena } from "./arena.ts";
import { ContextInputs } from "./context-inputs.ts";
import { CONTEXTS, hashContexts } from "./contexts.ts";
import { EVEN, learned, probabilityOf } from "./estimate.ts";
import { MailReader } from "./mail-reader.ts";
import { Match } from "./match.ts";
import { MatchInput } from "./match-input.ts";
import { Mixer } from "./mixer.ts";
import { Refinement } from "./refinement.ts";
import { Ring } from "./ring.ts";
import { STRETCH } from "./tables.ts";
import { CHOICES, chooseWeights, FINAL_CHOICES } from "./weight-choice.ts";

/** Bytes of what one predictor has learned: 12 MB of contexts, 2 MB of history, 2.5 MB of places in it, and the rest. */
const ARENA_BYTES = 69 << 18;

/** Two matches: the last place that agrees at all, and one that is rarely wrong. Below 8 the contexts know better. */
const SHORT_MATCH = { least: 8, placesBits: 19, every: 1 };
const LONG_MATCH = { least: 20, placesBits: 17, every: 8 };

/** The hashed contexts, two matches, the bits so far, and one that is always the same. */
const INPUTS = CONTEXTS + 4;
const BIAS = 256;

/**
 * Of bytes that are only learned the weights see the first 64 KB and then one in sixteen: by then they hardly change, and
 * they are half of the work.
 */
const ALL_WEIGHED = 1 << 16;
const WEIGHED_EVERY = 16;

/** Predicts one bit after another and learns each. All that it knows at the end of a byte lies in its arena. */
export class Predictor {
  readonly #arena = new Arena(ARENA_BYTES);
  readonly #contexts = new ContextInputs(this.#arena, CONTEXTS);
  readonly #ring = new Ring(this.#arena);
  readonly #match = new Match(this.#arena, this.#ring, SHORT_MATCH);
  readonly #longMatch = new Match(this.#arena, this.#ring, LONG_MATCH);
  readonly #mail = new MailReader(this.#arena);
  readonly #matchInput = new MatchInput(this.#arena);
  readonly #longMatchInput = new MatchInput(this.#arena);
  readonly #mixer = new Mixer(this.#arena, INPUTS, CHOICES, FINAL_CHOICES);
  readonly #refinement = new Refinement(this.#arena);
  /** The estimate for each way that a byte may have begun. */
  readonly #begun = this.#arena.words(256).fill(EVEN);
  readonly #hashes = new Int32Array(CONTEXTS);
  /** The bits of this byte so far behind a leading one, and those of this half byte. */
  #partial = 1;
  #node = 1;

  constructor() {
    this.#startByte();
  }

  /** Both must be at the end of a byte. */
  copyFrom(other: Predictor): void {
    this.#arena.copyFrom(other.#arena);
    this.#startByte();
  }

  /** The probability that the next bit is a one, 16 bits. */
  predict(): number {
    const mixer = this.#mixer;
    const { inputs } = mixer;
    const partial = this.#partial;
    this.#contexts.predict(inputs, this.#node);
    inputs[CONTEXTS] = this.#matchInput.predict(partial);
    inputs[CONTEXTS + 1] = this.#longMatchInput.predict(partial);
    inputs[CONTEXTS + 2] = STRETCH[probabilityOf(this.#begun[partial] as number) >> 4] as number;
    inputs[CONTEXTS + 3] = BIAS;
    chooseWeights(mixer, partial, this.#mail, this.#contexts.known, this.#matchInput.lengthClass);
    return this.#refinement.refine(mixer.mix(), partial, this.#mail.last4 & 255);
  }

  /** Learns the bit that came; `predict` was called for it. */
  learn(bit: number): void {
    this.#mixer.train(bit);
    this.#refinement.learn(bit);
    const partial = this.#partial;
    this.#contexts.learn(bit, this.#node);
    this.#matchInput.learn(bit, partial);
    this.#longMatchInput.learn(bit, partial);
    this.#begun[partial] = learned(this.#begun[partial] as number, bit);
    this.#partial = (partial << 1) | bit;
    this.#node = (this.#node << 1) | bit;
    if (this.#partial >= 256) this.#endByte(this.#partial & 255);
    else if (this.#partial >= 16 && this.#partial < 32) {
      this.#contexts.halfByte(this.#node);
      this.#node = 1;
    }
  }

  /** Learns bytes that are not coded. */
  prime(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      const { position } = this.#ring;
      const weighed = position < ALL_WEIGHED || position % WEIGHED_EVERY === 0;
      if (weighed) this.#weigh(byte);
      else {
        this.#contexts.learnByte(byte);
        this.#endByte(byte);
      }
    }
  }

  #weigh(byte: number): void {
    for (let shift = 7; shift >= 0; shift--) {
      this.predict();
      this.learn((byte >> shift) & 1);
    }
  }

  #endByte(byte: number): void {
    this.#contexts.endByte(byte);
    this.#mail.take(byte);
    this.#ring.push(byte);
    this.#match.push(byte, this.#mail.inMark);
    this.#longMatch.push(byte, this.#mail.inMark);
    this.#startByte();
  }

  #startByte(): void {
    this.#partial = 1;
    this.#node = 1;
    this.#matchInput.startByte(this.#match);
    this.#longMatchInput.startByte(this.#longMatch);
    hashContexts(this.#mail, this.#match, this.#hashes);
    this.#contexts.startByte(this.#hashes);
  }
}
