import { readFileSync } from "node:fs";

/** One vector, as vectors/README.md describes it. `events` are written as in the file, data joined, repeats spelled out. */
export interface Vector {
  readonly name: string;
  decoder: "package" | "reply";
  readonly limits: Record<string, number>;
  input: Uint8Array;
  events: string[];
  idle: boolean | undefined;
}

export function readVectors(file: URL): Vector[] {
  const vectors: Vector[] = [];
  for (const [index, line] of readFileSync(file, "latin1").split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^(\w+)(?:\*(\d+))?(?: (.*))?$/.exec(line);
    const [, word = "", times = "1", rest = ""] = match ?? [];
    if (word === "vector") vectors.push(emptyVector(rest));
    const vector = vectors.at(-1);
    if (!vector || !takeLine(vector, word, Number(times), rest))
      throw new Error(`Cannot read line ${index + 1} of ${file.pathname}: "${line}"`);
  }
  for (const vector of vectors) vector.events = joinData(vector.events);
  return vectors;
}

/** Neighbouring data events as one. The escaped form can be joined as it is: an escape never spans two events. */
export function joinData(events: readonly string[]): string[] {
  const joined: string[] = [];
  for (const event of events) {
    if (event.startsWith("data ") && joined.at(-1)?.startsWith("data ")) joined.push(joined.pop() + event.slice(5));
    else joined.push(event);
  }
  return joined;
}

export function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, escapeByte).join("");
}

function emptyVector(name: string): Vector {
  return { name, decoder: "package", limits: {}, input: new Uint8Array(0), events: [], idle: undefined };
}

function takeLine(vector: Vector, word: string, times: number, rest: string): boolean {
  if (word === "vector") return true;
  if (word === "decoder" && (rest === "package" || rest === "reply")) vector.decoder = rest;
  else if (word === "limit" && /^\w+ \d+$/.test(rest)) {
    const [name = "", value] = rest.split(" ");
    vector.limits[name] = Number(value);
  } else if (word === "in") vector.input = Buffer.concat([vector.input, ...repeat(unescapeBytes(rest), times)]);
  else if (word === "out") vector.events.push(...repeat(spellOut(rest), times));
  else if (word === "idle" && (rest === "yes" || rest === "no")) vector.idle = rest === "yes";
  else return false;
  return true;
}

/** "data*3 ab" as "data ababab", "reply*2 K x" as "reply K xx"; bytes in the one way `escapeBytes` writes them. */
function spellOut(event: string): string {
  const match = /^(data|sender|recipient|reply)((?::[\w-]+)?)(?:\*(\d+))?(?: (.*))?$/.exec(event);
  if (!match) return event;
  const [, word = "", problem = "", times = "1", rest = ""] = match;
  const letter = word === "reply" ? `${rest.slice(0, 1)} ` : "";
  const bytes = escapeBytes(unescapeBytes(rest.slice(letter.length)));
  return `${word}${problem} ${letter}${bytes.repeat(Number(times))}`;
}

function unescapeBytes(text: string): Uint8Array {
  const plain = text.replace(/\\(?:x([0-9a-f]{2})|([rn\\]))/g, (_, code: string | undefined, name: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return name === "r" ? "\r" : name === "n" ? "\n" : "\\";
  });
  return Buffer.from(plain, "latin1");
}

function escapeByte(byte: number): string {
  if (byte === 0x0d) return "\\r";
  if (byte === 0x0a) return "\\n";
  if (byte === 0x5c) return "\\\\";
  return byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte);
}

function repeat<T>(value: T, times: number): T[] {
  return new Array<T>(times).fill(value);
}
