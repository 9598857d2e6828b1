import { receivedId, receivingHost } from "./trace.ts";

/**
 * Reads the header of a message as its bytes pass by, without changing them and without holding
 * more than one field and what bounces need. A relay does not judge content: the header ends at
 * the empty line, or at the first line that cannot be a header line (then all that follows is body,
 * as it is for a message that never had a header).
 */
export interface HeaderLimits {
  /** Bytes of header; default 256 KB, twice what Sendmail allows and far above real mail. */
  readonly maxBytes?: number;
  /** Lines of header, folded ones counted; default 2000. */
  readonly maxLines?: number;
  /** Bytes of header kept for a bounce; default 16 KB, since bounces may cross a thin link. */
  readonly maxKept?: number;
}

/** A longer word at the start of a line is not a field name, colon or not. Real names stay under 80. */
const MAX_FIELD_NAME = 256;
/** Characters of a value that `field` gives back. */
const MAX_VALUE = 1000;
/** Bytes that hold MAX_VALUE characters of UTF-8 and some folding. */
const MAX_VALUE_BYTES = 8 * MAX_VALUE;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;

type LineKind = "field" | "folded" | "blank" | "mbox" | "body";

export class HeaderScanner {
  /** Number of Received fields: the plain hop count of RFC 5321 §6.3. */
  received = 0;
  /** Mail id of the topmost Received field, when it ends in `id MAILID;`. Delivered-To lines of an alias may stand above it. */
  topReceivedId: string | undefined;

  readonly #maxBytes: number;
  readonly #maxLines: number;
  readonly #maxKept: number;
  readonly #values = new Map<string, string>();
  readonly #deliveredTo = new Set<string>();
  readonly #by = new Map<string, number>();
  readonly #keptFields: Buffer[] = [];
  /** The current field and, from #lineStart, the current line. */
  #held = Buffer.alloc(1024);
  #length = 0;
  #lineStart = 0;
  #kind: LineKind | undefined;
  #bytes = 0;
  #lines = 0;
  #keptBytes = 0;
  #keptAll: boolean = true;
  #done: boolean = false;
  #problem: "too-large" | undefined;

  constructor(limits: HeaderLimits = {}) {
    this.#maxBytes = limits.maxBytes ?? 256 * 1024;
    this.#maxLines = limits.maxLines ?? 2000;
    this.#maxKept = limits.maxKept ?? 16 * 1024;
  }

  /** Takes the next bytes of the message; any cutting gives the same result. Ignored once done. */
  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#done) {
      const lf = chunk.indexOf(LF, at);
      const end = lf < 0 ? chunk.length : lf + 1;
      this.#take(chunk.subarray(at, end), lf >= 0);
      at = end;
    }
  }

  /** The message has ended: a last line without line end, and a header without empty line, count too. */
  end(): void {
    if (!this.#done && this.#length > this.#lineStart) this.#endOfLine();
    if (!this.#done) this.#finish();
  }

  /** No further byte can change the answers. */
  get done(): boolean {
    return this.#done;
  }

  /** The header passed a limit; the answers cover what came before. */
  get problem(): "too-large" | undefined {
    return this.#problem;
  }

  /** Bytes of the header's whole lines, the empty line that ends it included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Values of Delivered-To fields, lower case: meeting one's own address there is a loop. */
  get deliveredTo(): ReadonlySet<string> {
    return this.#deliveredTo;
  }

  /** How many Received fields say `by HOST`; comments do not count. */
  receivedBy(host: string): number {
    return this.#by.get(host.toLowerCase()) ?? 0;
  }

  /** Value of the first field of that name, unfolded, at most 1000 characters. */
  field(name: string): string | undefined {
    return this.#values.get(name.toLowerCase());
  }

  /** The first fields as they came, whole ones only, without the empty line. */
  get kept(): Uint8Array {
    return Buffer.concat(this.#keptFields);
  }

  #take(piece: Uint8Array, whole: boolean): void {
    this.#hold(piece);
    // A line is judged when it is whole or so long that more bytes cannot change the verdict:
    // a body of one endless line must neither fill memory nor count as a header too large.
    if (whole) this.#endOfLine();
    else if (this.#length - this.#lineStart > MAX_FIELD_NAME) this.#judge();
  }

  #endOfLine(): void {
    this.#judge();
    if (this.#done) return;
    this.#bytes += this.#length - this.#lineStart;
    this.#lines++;
    if (this.#kind === "blank") {
      this.#finish();
      return;
    }
    if (this.#kind === "mbox") this.#length = this.#lineStart;
    this.#lineStart = this.#length;
    this.#kind = undefined;
  }

  /** Decides what the current line is (once) and whether it still fits the limits. */
  #judge(): void {
    if (this.#kind === undefined) {
      const line = this.#held.subarray(this.#lineStart, this.#length);
      const kind = lineKind(line, this.#lines === 0, this.#lineStart > 0);
      if (kind === "body") {
        this.#finish();
        return;
      }
      if (kind !== "folded") this.#endField();
      this.#kind = kind;
    }
    const tooLong = this.#bytes + this.#length - this.#lineStart > this.#maxBytes;
    if (!tooLong && (this.#lines < this.#maxLines || this.#kind === "blank")) return;
    this.#problem = "too-large";
    this.#lineStart = 0;
    this.#finish();
  }

  #finish(): void {
    this.#endField();
    this.#done = true;
    this.#held = Buffer.alloc(0);
    this.#length = 0;
    this.#lineStart = 0;
  }

  /** The field before the current line is complete. */
  #endField(): void {
    if (this.#lineStart === 0) return;
    const raw = this.#held.subarray(0, this.#lineStart);
    this.#keep(raw);
    this.#learn(raw);
    this.#held.copyWithin(0, this.#lineStart, this.#length);
    this.#length -= this.#lineStart;
    this.#lineStart = 0;
  }

  #keep(raw: Buffer): void {
    this.#keptAll &&= this.#keptBytes + raw.length <= this.#maxKept;
    if (!this.#keptAll) return;
    this.#keptFields.push(Buffer.from(raw));
    this.#keptBytes += raw.length;
  }

  #learn(raw: Buffer): void {
    const colon = raw.indexOf(COLON);
    const name = raw.toString("latin1", 0, colon).trimEnd().toLowerCase();
    const value = unfold(raw.subarray(colon + 1, colon + 1 + MAX_VALUE_BYTES));
    if (!this.#values.has(name)) this.#values.set(name, value.slice(0, MAX_VALUE));
    if (name === "delivered-to") this.#deliveredTo.add(value.toLowerCase());
    if (name === "received") {
      this.received++;
      const by = receivingHost(value);
      if (by !== undefined) this.#by.set(by, (this.#by.get(by) ?? 0) + 1);
      if (this.received === 1) this.topReceivedId = receivedId(value);
    }
  }

  #hold(piece: Uint8Array): void {
    if (this.#length + piece.length > this.#held.length) {
      // Doubling keeps the work linear. A piece beyond the limits is cut off by #judge right after.
      const grown = Buffer.alloc(Math.max(2 * this.#held.length, this.#length + piece.length));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    this.#held.set(piece, this.#length);
    this.#length += piece.length;
  }
}

function lineKind(line: Uint8Array, first: boolean, inField: boolean): LineKind {
  if (line[0] === LF || (line[0] === CR && line[1] === LF)) return "blank";
  if (line[0] === SPACE || line[0] === TAB) return inField ? "folded" : "body";
  // The line an mbox puts before a message; old programs hand it to sendmail along with the mail.
  if (first && /^>?From /.test(Buffer.from(line.subarray(0, 6)).toString("latin1"))) return "mbox";
  return isFieldLine(line) ? "field" : "body";
}

/** A name of printable characters, then a colon; blanks before the colon are obsolete but legal (RFC 5322 §4.5). */
function isFieldLine(line: Uint8Array): boolean {
  let at = 0;
  while (at <= MAX_FIELD_NAME && isNameByte(line[at])) at++;
  if (at === 0) return false;
  while (at <= MAX_FIELD_NAME && (line[at] === SPACE || line[at] === TAB)) at++;
  return at <= MAX_FIELD_NAME && line[at] === COLON;
}

function isNameByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > SPACE && byte < 0x7f && byte !== COLON;
}

function unfold(raw: Buffer): string {
  return raw.toString("utf8").replace(/\r?\n/g, "").trim();
}
