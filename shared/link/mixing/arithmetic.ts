/** Binary arithmetic coding: the interval of all 32-bit numbers is cut at each bit in proportion to its probability. */

/** The cut of [low, high] for a one with probability p of 65536: low … cut is a one. */
function cutOf(low: number, high: number, p: number): number {
  const range = high - low;
  return low + (range >>> 16) * p + (((range & 0xffff) * p) >>> 16);
}

/** A byte is settled when both ends of the interval begin with it. */
function settled(low: number, high: number): boolean {
  return ((low ^ high) & 0xff000000) === 0;
}

export class ArithmeticEncoder {
  #bytes: Uint8Array;
  #length = 0;
  #low = 0;
  #high = 0xffffffff;

  /** @param expected bytes; more room is taken when that is not enough */
  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected + 16);
  }

  put(bit: number, p: number): void {
    const cut = cutOf(this.#low, this.#high, p);
    if (bit === 1) this.#high = cut;
    else this.#low = cut + 1;
    while (settled(this.#low, this.#high)) {
      this.#putByte(this.#high >>> 24);
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 255) >>> 0;
    }
  }

  /** The fewest bytes that name a number of the interval; the decoder reads zeros behind them. */
  end(): Uint8Array {
    if (this.#low > 0)
      for (let bits = 24; bits >= 0; bits -= 8) {
        const number = Math.ceil(this.#low / 2 ** bits) * 2 ** bits;
        if (number > this.#high) continue;
        for (let shift = 24; shift >= bits; shift -= 8) this.#putByte((number >>> shift) & 255);
        break;
      }
    let length = this.#length;
    while (length > 0 && this.#bytes[length - 1] === 0) length--;
    return this.#bytes.slice(0, length);
  }

  #putByte(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }
}

export class ArithmeticDecoder {
  readonly #bytes: Uint8Array;
  #next = 0;
  #low = 0;
  #high = 0xffffffff;
  #number = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 4; i++) this.#takeByte();
  }

  get(p: number): number {
    const cut = cutOf(this.#low, this.#high, p);
    const bit = this.#number <= cut ? 1 : 0;
    if (bit === 1) this.#high = cut;
    else this.#low = cut + 1;
    while (settled(this.#low, this.#high)) {
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 255) >>> 0;
      this.#takeByte();
    }
    return bit;
  }

  #takeByte(): void {
    const byte = this.#next < this.#bytes.length ? (this.#bytes[this.#next++] as number) : 0;
    this.#number = ((this.#number << 8) | byte) >>> 0;
  }
}
