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
const PLUS = 43;
const SLASH = 47;
/** What may stand before the white space that begins a folded line. */
const FOLDING = [NEWLINE, SPACE, TAB];

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
  token: 10,
  lineAbove: 11,
} as const;
const REGISTERS = 12;

/** From so many letters and digits without a break on, it is no word of any language but base64: a key, a signature. */
const OPAQUE = 16;
const LONGEST_TOKEN = 63;

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

  /** Bytes of the line before this one. */
  get lineAbove(): number {
    return this.#registers[AT.lineAbove] as number;
  }

  /** How long the run of base64 characters is, across the folds of a header, at most 63. */
  get token(): number {
    return this.#registers[AT.token] as number;
  }

  /** Whether such a run is too long to be a word. */
  get opaque(): boolean {
    return (this.#registers[AT.token] as number) >= OPAQUE;
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
    this.#takeToken(byte, kind, last4 & 255);
    this.#takeWord(byte);
    this.#takeLine(byte);
  }

  #takeToken(byte: number, kind: number, before: number): void {
    const r = this.#registers;
    const token = r[AT.token] as number;
    if ((kind >= DIGIT && kind <= LOWER) || byte === PLUS || byte === SLASH) {
      if (token < LONGEST_TOKEN) r[AT.token] = token + 1;
      return;
    }
    const fold = byte === NEWLINE || ((byte === SPACE || byte === TAB) && FOLDING.includes(before));
    if (!fold) r[AT.token] = 0;
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
      r[AT.lineAbove] = r[AT.column] as number;
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
