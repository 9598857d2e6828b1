import { type RecipientAnswer, readAnswerList, writeAnswerList } from "./answer.ts";
import { FieldReader, FieldWriter, MalformedFrameError } from "./bytes.ts";

/**
 * The first frame of each side: what it is, what it can, what it holds of the last session (pure). Each field is a tag, a
 * length and a value; defaults and empty lists are left out, unknown tags are skipped.
 */
export interface Hello {
  /** Versions of this protocol that the node speaks, up to and including this one. */
  readonly version: number;
  /** The node's clock, seconds since 1970. It decides nothing here; the peer may show that it is wrong. */
  readonly time: number;
  /** Can decode what the mixing codec made. */
  readonly mixing: boolean;
  /** Can decode zstd with history. */
  readonly zstd: boolean;
  /** Keeps the session open when nothing is left; both must say so. */
  readonly stay: boolean;
  /** The dialler's word counts: one direction at a time, in overs. */
  readonly half: boolean;
  /** The dialler's word counts: the called side's mail goes first, or the dialler's; neither: both at once. */
  readonly receiveFirst: boolean;
  readonly sendFirst: boolean;
  /** Largest message that may come, in bytes; 0: no limit but the protocol's. */
  readonly maxMessage: number;
  /** Classes that may come, one bit each in the order of `CLASSES`; 0: all. */
  readonly classes: number;
  /** What is left of the window, ms and bytes on the wire in both directions; 0: no limit. */
  readonly msLeft: number;
  readonly bytesLeft: number;
  /** Newest state of the history of what came from the peer; 16 hex digits, empty when history is off. */
  readonly held: string;
  /** First four bytes of the static dictionary's SHA-256, in hex. */
  readonly dictionary: string;
  /** Parcels that are partly here. */
  readonly have: readonly Have[];
  /** Parcels answered in the last session, whose answer may not have arrived. */
  readonly done: readonly Done[];
}

export interface Have {
  /** Parcel id, 16 hex digits. */
  readonly id: string;
  readonly offset: number;
  /** Of the bytes that are here: first 8 bytes of their SHA-256, in hex. */
  readonly checksum: string;
}

export interface Done {
  readonly id: string;
  /** Empty: taken for every recipient. */
  readonly answers: readonly RecipientAnswer[];
}

export const VERSION = 1;
/** Longer lists are cut by the sender; what is left out costs a header next time. */
export const MAX_HAVE = 64;
export const MAX_DONE = 512;

const TAG = {
  version: 1,
  time: 2,
  flags: 3,
  maxMessage: 4,
  classes: 5,
  msLeft: 6,
  bytesLeft: 7,
  held: 8,
  dictionary: 9,
  have: 10,
  done: 11,
} as const;

const FLAG = { mixing: 1, stay: 2, half: 4, receiveFirst: 8, sendFirst: 16, zstd: 32 } as const;
const ID_BYTES = 8;
const MAX_FIELD = 64 * 1024;

export const DEFAULT_HELLO: Hello = {
  version: VERSION,
  time: 0,
  mixing: false,
  zstd: false,
  stay: false,
  half: false,
  receiveFirst: false,
  sendFirst: false,
  maxMessage: 0,
  classes: 0,
  msLeft: 0,
  bytesLeft: 0,
  held: "",
  dictionary: "",
  have: [],
  done: [],
};

export function writeHello(hello: Hello, to: FieldWriter): FieldWriter {
  const field = (tag: number, value: FieldWriter): void => void to.byte(tag).sized(value.done());
  const number = (tag: number, value: number): void => {
    if (value !== 0) field(tag, new FieldWriter().varint(value));
  };
  if (hello.version !== VERSION) number(TAG.version, hello.version);
  // Always there, for a frame is never empty.
  field(TAG.time, new FieldWriter().varint(hello.time));
  number(TAG.flags, flagsOf(hello));
  for (const key of ["maxMessage", "classes", "msLeft", "bytesLeft"] as const) number(TAG[key], hello[key]);
  for (const key of ["held", "dictionary"] as const) {
    if (hello[key] !== "") field(TAG[key], new FieldWriter().hex(hello[key]));
  }
  if (hello.have.length > 0) field(TAG.have, haveField(hello.have));
  if (hello.done.length > 0) field(TAG.done, doneField(hello.done));
  return to;
}

/** @throws MalformedFrameError */
export function readHello(from: FieldReader): Hello {
  const hello: { -readonly [K in keyof Hello]: Hello[K] } = { ...DEFAULT_HELLO };
  while (!from.empty) {
    const tag = from.byte();
    const value = new FieldReader(from.sized(MAX_FIELD));
    if (tag === TAG.version) hello.version = value.varint();
    else if (tag === TAG.time) hello.time = value.varint();
    else if (tag === TAG.flags) Object.assign(hello, flagsFrom(value.varint()));
    else if (tag === TAG.maxMessage) hello.maxMessage = value.varint();
    else if (tag === TAG.classes) hello.classes = value.varint();
    else if (tag === TAG.msLeft) hello.msLeft = value.varint();
    else if (tag === TAG.bytesLeft) hello.bytesLeft = value.varint();
    else if (tag === TAG.held) hello.held = value.hex(ID_BYTES);
    else if (tag === TAG.dictionary) hello.dictionary = value.hex(4);
    else if (tag === TAG.have) hello.have = readHave(value);
    else if (tag === TAG.done) hello.done = readDone(value);
  }
  if (hello.version < 1) throw new MalformedFrameError("a hello has version 0");
  return hello;
}

function flagsOf(hello: Hello): number {
  return Object.entries(FLAG).reduce((sum, [key, bit]) => sum + (hello[key as keyof typeof FLAG] ? bit : 0), 0);
}

function flagsFrom(bits: number): Pick<Hello, keyof typeof FLAG> {
  const has = (bit: number): boolean => Math.floor(bits / bit) % 2 === 1;
  return {
    mixing: has(FLAG.mixing),
    stay: has(FLAG.stay),
    half: has(FLAG.half),
    receiveFirst: has(FLAG.receiveFirst),
    sendFirst: has(FLAG.sendFirst),
    zstd: has(FLAG.zstd),
  };
}

function haveField(list: readonly Have[]): FieldWriter {
  const to = new FieldWriter();
  for (const { id, offset, checksum } of list.slice(0, MAX_HAVE)) to.hex(id).varint(offset).hex(checksum);
  return to;
}

function readHave(from: FieldReader): Have[] {
  const list: Have[] = [];
  while (!from.empty && list.length < MAX_HAVE)
    list.push({ id: from.hex(ID_BYTES), offset: from.varint(), checksum: from.hex(ID_BYTES) });
  return list;
}

function doneField(list: readonly Done[]): FieldWriter {
  const to = new FieldWriter();
  for (const { id, answers } of list.slice(0, MAX_DONE)) writeAnswerList(answers, to.hex(id));
  return to;
}

function readDone(from: FieldReader): Done[] {
  const list: Done[] = [];
  while (!from.empty && list.length < MAX_DONE) list.push({ id: from.hex(ID_BYTES), answers: readAnswerList(from) });
  return list;
}
