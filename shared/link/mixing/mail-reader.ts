import type { Arena } from "./arena.ts";
import { appended } from "./hash.ts";

/**
 * Where in a message the bytes so far have led: word, line, header field, shape of what stands there. It never fails;
 * what is not mail only gives it less to say. Any line that begins with a word and a colon counts as a header field, so
 * that headers inside bodies and the lists of forms are known too.
 */
const NEWLINE = 10;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const GREATER = 62;

/** Registers in the arena. */
const AT = {
  last4: 0,
  before4: 1,
  word: 2,
  wordBefore: 3,
  wordBeforeThat: 4,
  column: 5,
  name: 6,
  field: 7,
  onlyMark: 8,
  shape: 9,
} as const;
const REGISTERS = 10;

export class MailReader {
  readonly #registers: Int32Array;

  constructor(arena: Arena) {
    this.#registers = arena.words(REGISTERS);
  }

  /** The last four bytes, the newest lowest. */
  get last4(): number {
    return this.#registers[AT.last4] as number;
  }

  /** The four bytes before those. */
  get before4(): number {
    return this.#registers[AT.before4] as number;
  }

  /** Hash of the letters since the last byte that is none; 0 when that was the last byte. */
  get word(): number {
    return this.#registers[AT.word] as number;
  }

  get wordBefore(): number {
    return this.#registers[AT.wordBefore] as number;
  }

  get wordBeforeThat(): number {
    return this.#registers[AT.wordBeforeThat] as number;
  }

  /** Bytes of this line so far. */
  get column(): number {
    return this.#registers[AT.column] as number;
  }

  /** Hash of the name of the header field, 0 outside of any. Folded lines belong to their field. */
  get field(): number {
    return this.#registers[AT.field] as number;
  }

  /** Whether the line so far is nothing but a mark of quoting. */
  get inMark(): boolean {
    return this.#registers[AT.onlyMark] === 1;
  }

  /** The kinds of the last six bytes, five bits each; lower case letters in a row count as one. */
  get shape(): number {
    return this.#registers[AT.shape] as number;
  }

  take(byte: number): void {
    const r = this.#registers;
    const last4 = r[AT.last4] as number;
    r[AT.before4] = ((r[AT.before4] as number) << 8) | (last4 >>> 24);
    r[AT.last4] = (last4 << 8) | byte;
    const shape = r[AT.shape] as number;
    const kind = kindOf(byte);
    if (kind !== LOWER || (shape & 31) !== LOWER) r[AT.shape] = (shape << 5) | kind;
    this.#takeWord(byte);
    this.#takeLine(byte);
  }

  #takeWord(byte: number): void {
    const r = this.#registers;
    const word = r[AT.word] as number;
    const letter = byte | 32;
    if ((letter >= 97 && letter <= 122) || byte >= 128) r[AT.word] = appended(word, letter) ^ (word >>> 15);
    else if (word !== 0) {
      r[AT.wordBeforeThat] = r[AT.wordBefore] as number;
      r[AT.wordBefore] = word;
      r[AT.word] = 0;
    }
  }

  #takeLine(byte: number): void {
    const r = this.#registers;
    if (byte === NEWLINE) {
      r[AT.column] = 0;
      r[AT.name] = 0;
      r[AT.onlyMark] = 1;
      return;
    }
    const column = (r[AT.column] as number) + 1;
    r[AT.column] = column;
    if (column === 1) {
      if (byte !== SPACE && byte !== TAB) r[AT.field] = 0;
      r[AT.name] = 1;
    }
    if (byte !== GREATER && byte !== SPACE) r[AT.onlyMark] = 0;
    const name = r[AT.name] as number;
    if (name === 0) return;
    if (byte === COLON) r[AT.field] = name;
    r[AT.name] = byte === COLON || byte <= SPACE || byte >= 127 ? 0 : appended(name, byte | 32);
  }
}

const DIGIT = 1;
const UPPER = 2;
const LOWER = 3;
const HIGH = 4;
/** All else shares what five bits leave. */
const FIRST_OTHER = 5;

function kindOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return DIGIT;
  if (byte >= 97 && byte <= 122) return LOWER;
  if (byte >= 65 && byte <= 90) return UPPER;
  return byte >= 128 ? HIGH : FIRST_OTHER + (byte % (32 - FIRST_OTHER));
}
