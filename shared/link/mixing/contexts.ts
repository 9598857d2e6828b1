import type { Arena } from "./arena.ts";
import type { Match } from "./match.ts";

/** What of the bytes so far each of the hashed contexts looks at, recomputed once a byte. */
export const CONTEXTS = 12;

/** Registers of the arena. */
const AT = {
  last4: 0,
  before4: 1,
  word: 2,
  wordBefore: 3,
  wordBeforeThat: 4,
  lineStart: 5,
  lineAbove: 6,
  field: 7,
  fieldHash: 8,
  onlyMark: 9,
  tag: 10,
  firstChar: 11,
  wordInField: 12,
} as const;
const REGISTERS = 16;

const NEWLINE = 10;
const COLON = 58;
const LESS = 60;
const GREATER = 62;
const SPACE = 32;
const TAB = 9;

export class Contexts {
  readonly hashes = new Int32Array(CONTEXTS);
  readonly #registers: Int32Array;

  constructor(arena: Arena) {
    this.#registers = arena.words(REGISTERS);
  }

  get lastByte(): number {
    return (this.#registers[AT.last4] as number) & 255;
  }

  get byteBefore(): number {
    return ((this.#registers[AT.last4] as number) >>> 8) & 255;
  }

  /** Whether the line so far is nothing but a mark of quoting. */
  get inMark(): boolean {
    return this.#registers[AT.onlyMark] === 1;
  }

  get field(): number {
    return this.#registers[AT.field] as number;
  }

  get tag(): number {
    return this.#registers[AT.tag] as number;
  }

  take(byte: number, position: number): void {
    const r = this.#registers;
    r[AT.before4] = ((r[AT.before4] as number) << 8) | ((r[AT.last4] as number) >>> 24);
    r[AT.last4] = ((r[AT.last4] as number) << 8) | byte;
    this.#takeWord(byte);
    this.#takeLine(byte, position);
  }

  #takeWord(byte: number): void {
    const r = this.#registers;
    const letter = byte | 32;
    if ((letter >= 97 && letter <= 122) || byte >= 128) {
      r[AT.word] = Math.imul((r[AT.word] as number) + letter, 0x2c1b3c6d) ^ ((r[AT.word] as number) >>> 15);
    } else if (r[AT.word] !== 0) {
      r[AT.wordBeforeThat] = r[AT.wordBefore] as number;
      r[AT.wordBefore] = r[AT.word] as number;
      r[AT.word] = 0;
    }
    if (byte === LESS) r[AT.tag] = 1;
    else if (byte === GREATER) r[AT.tag] = 0;
    else if ((r[AT.tag] as number) !== 0 && byte === SPACE && ((r[AT.tag] as number) & 1) === 1)
      r[AT.tag] = (r[AT.wordBefore] as number) & ~1 || 2;
  }

  #takeLine(byte: number, position: number): void {
    const r = this.#registers;
    const column = position - (r[AT.lineStart] as number);
    if (byte === NEWLINE) {
      r[AT.lineAbove] = r[AT.lineStart] as number;
      r[AT.lineStart] = position;
      r[AT.fieldHash] = 0;
      r[AT.onlyMark] = 1;
      r[AT.firstChar] = 0;
      return;
    }
    if (column === 1) {
      r[AT.firstChar] = byte;
      if (byte !== SPACE && byte !== TAB) r[AT.field] = 0;
      r[AT.fieldHash] = 1;
    }
    if (byte !== GREATER && byte !== SPACE) r[AT.onlyMark] = 0;
    if (r[AT.fieldHash] !== 0) {
      if (byte === COLON) {
        r[AT.field] = r[AT.fieldHash] as number;
        r[AT.fieldHash] = 0;
      } else if (byte <= SPACE || byte >= 127) r[AT.fieldHash] = 0;
      else r[AT.fieldHash] = Math.imul((r[AT.fieldHash] as number) + (byte | 32), 0x2c1b3c6d);
    }
  }

  /** Once a byte, after `take`. */
  rehash(match: Match): void {
    const r = this.#registers;
    const h = this.hashes;
    const c4 = r[AT.last4] as number;
    const c8 = r[AT.before4] as number;
    const word = r[AT.word] as number;
    const column = Math.min(match.position - (r[AT.lineStart] as number), 255);
    const above = match.ring[((r[AT.lineAbove] as number) + column) & (match.ring.length - 1)] as number;
    const expected = match.length === 0 ? 0 : (match.expected + 1) | (Math.min(match.length, 32) << 9);
    h[0] = mixed(1, c4 & 0xff, 0);
    h[1] = mixed(2, c4 & 0xffff, 0);
    h[2] = mixed(3, c4 & 0xffffff, 0);
    h[3] = mixed(4, c4, 0);
    h[4] = mixed(5, c4, c8 & 0xff);
    h[5] = mixed(6, c4, c8 & 0xffff);
    h[6] = mixed(7, word, c4 & 0xff);
    h[7] = mixed(8, word, (r[AT.wordBefore] as number) ^ ((c4 & 0xff) << 8));
    h[8] = mixed(9, r[AT.field] as number, (c4 & 0xffff) | (Math.min(column, 3) << 16));
    h[9] = mixed(10, above | ((c4 & 0xff) << 8), Math.min(column, 60) | ((r[AT.firstChar] as number) << 8));
    h[10] = mixed(11, c4 & 0xffff00, r[AT.tag] as number);
    h[11] = mixed(12, expected, c4 & 0xff);
  }
}

function mixed(kind: number, a: number, b: number): number {
  let h = Math.imul(a + Math.imul(kind, 0x3504f333), 0x2c1b3c6d);
  h = Math.imul((h ^ (h >>> 15)) + b, 0x297a2d39);
  return h ^ (h >>> 16);
}
