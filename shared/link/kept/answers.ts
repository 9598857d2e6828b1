import { appendFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { checksumOf } from "#shared/link/checksum.js";
import { type RecipientAnswer, readAnswerList, writeAnswerList } from "#shared/link/wire/answer.js";
import { FieldReader, FieldWriter, MalformedFrameError } from "#shared/link/wire/bytes.js";
import { type Done, MAX_DONE } from "#shared/link/wire/hello.js";
import type { LogEvent } from "#shared/log/log.js";
import { assertId, isId } from "./names.ts";
import { StoreTrouble } from "./store-trouble.ts";

/**
 * Answers that were given and may not have arrived, for the next hello: one line each, "ID ANSWERS CHECKSUM", answers as
 * on the wire in base64. No promise: without them the peer offers the message again, and the memory of mail ids answers.
 * But a line that is there must be right, for "taken" makes the peer give the message up: hence the checksum.
 */
interface Given {
  readonly id: string;
  /** As encoded: what it takes in a hello. */
  readonly answers: Uint8Array;
  /** Undefined: of an earlier session. */
  readonly stream: number | undefined;
  /** Where it ends in what this session has written; absent before it is written. */
  end?: number;
}

/** Bytes that the answers may take in a hello; less than half of the field's limit there. */
const MAX_LISTED = 32 * 1024;
/** The file is written anew, with what still counts, when it has grown beyond this. */
const MAX_FILE = 256 * 1024;
const ID_BYTES = 8;

export class GivenAnswers {
  readonly #path: string;
  readonly #trouble: StoreTrouble;
  /** Oldest first, within the limits of a hello. */
  #given: Given[] = [];
  #fileBytes = 0;

  private constructor(path: string, log: LogEvent) {
    this.#path = path;
    this.#trouble = new StoreTrouble(path, log);
  }

  /** Reads what is there; lines that are torn or damaged are left out. */
  static open(path: string, log: LogEvent = () => undefined): GivenAnswers {
    const given = new GivenAnswers(path, log);
    given.#attempt(() => given.#load());
    return given;
  }

  #load(): void {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) return;
    // Twice what it may grow to is none of ours.
    const text = size <= 2 * MAX_FILE ? readFileSync(this.#path, "latin1") : "";
    this.#given = text.split("\n").flatMap((line) => readLine(line) ?? []);
    this.#withinLimits();
    // What is appended to a torn line would be lost with it.
    this.#fileBytes = text.endsWith("\n") ? size : Number.POSITIVE_INFINITY;
  }

  /** Before the answer is written: a cut from here on makes the next hello say it. */
  add(stream: number, id: string, answers: readonly RecipientAnswer[]): void {
    assertId(id);
    const one: Given = { id, answers: writeAnswerList(answers, new FieldWriter()).done(), stream };
    if (sizeOf(one) > MAX_LISTED) return;
    this.#given.push(one);
    this.#withinLimits();
    const line = writeLine(one);
    this.#fileBytes += line.length;
    if (this.#fileBytes > MAX_FILE) this.save();
    else this.#attempt(() => appendFileSync(this.#path, line, { mode: 0o600 }));
  }

  /** @param end bytes that this session has written, the answer to this stream included */
  written(stream: number, end: number): void {
    for (const given of this.#given) {
      // What earlier sessions left was said in the hello, before any answer.
      if (given.stream === stream || given.stream === undefined) given.end ??= end;
    }
  }

  /** @param position bytes of this session that the peer has taken */
  confirmed(position: number): void {
    this.#given = this.#given.filter(({ end }) => end === undefined || end > position);
  }

  /** Newest first: at most 512, and 32 KB as encoded. */
  list(): Done[] {
    return this.#given.map(({ id, answers }) => ({ id, answers: readAnswerList(new FieldReader(answers)) })).reverse();
  }

  /** The file has what still counts, and nothing else. */
  save(): void {
    const lines = this.#given.map(writeLine).join("");
    this.#fileBytes = lines.length;
    this.#attempt(() => {
      if (lines === "") return rmSync(this.#path, { force: true });
      writeFileSync(`${this.#path}.tmp`, lines, { mode: 0o600 });
      renameSync(`${this.#path}.tmp`, this.#path);
    });
  }

  clear(): void {
    this.#given = [];
    this.save();
  }

  /** What no hello would say need not be remembered. */
  #withinLimits(): void {
    let bytes = 0;
    let first = this.#given.length;
    while (first > 0 && this.#given.length - first < MAX_DONE) {
      const given = this.#given[first - 1];
      bytes += given === undefined ? 0 : sizeOf(given);
      if (bytes > MAX_LISTED) break;
      first -= 1;
    }
    this.#given = this.#given.slice(first);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#trouble.tell(error);
      // The last line may be torn: the next one is written with all of them.
      this.#fileBytes = Number.POSITIVE_INFINITY;
    }
  }
}

/** In a hello. */
function sizeOf({ answers }: Given): number {
  return ID_BYTES + answers.length;
}

function writeLine({ id, answers }: Given): string {
  return `${id} ${Buffer.from(answers).toString("base64")} ${lineChecksum(id, answers)}\n`;
}

function readLine(line: string): Given | undefined {
  const [id = "", text = "", checksum, ...more] = line.split(" ");
  const answers = Buffer.from(text, "base64");
  if (!isId(id) || more.length > 0 || checksum !== lineChecksum(id, answers)) return undefined;
  try {
    readAnswerList(new FieldReader(answers));
    return { id, answers, stream: undefined };
  } catch (error) {
    if (error instanceof MalformedFrameError) return undefined;
    throw error;
  }
}

function lineChecksum(id: string, answers: Uint8Array): string {
  return checksumOf(Buffer.concat([Buffer.from(id, "hex"), answers]));
}
