import addressparser from "nodemailer/lib/addressparser";
import { quoteAddress } from "#shared/mail/address.js";
import { encodeWords } from "#shared/mail/header-text.js";
import { rfc5322Date } from "#shared/mail/received.js";

/** The header of a message that a program hands over: read whole, completed, and asked for recipients (pure). */
export interface Field {
  /** Lower case. */
  readonly name: string;
  /** As it came, folding and final line end included, one character a byte. */
  readonly raw: string;
}

/** The front door's limit, so that nothing is taken here that is refused there. */
const MAX_HEADER = 256 * 1024;
/** A word longer than this is no field name; blanks and the colon are within it. */
const LONGEST_NAME = 300;
const FIELD = /^([\x21-\x39\x3b-\x7e]{1,256})[ \t]*:/;

/** Collects the header while the message comes by. */
export class HeaderReader {
  readonly fields: Field[] = [];
  /** The header has ended; `rest` is where the body begins. */
  done: boolean = false;
  problem: string | undefined;
  #held = "";
  #bytes = 0;
  #lines = 0;

  /** Takes text with LF line ends; gives back what is body already. */
  feed(text: Uint8Array): Uint8Array {
    this.#held += Buffer.from(text).toString("latin1");
    this.#bytes += text.length;
    let at = 0;
    for (let lf = this.#held.indexOf("\n"); lf >= 0 && !this.done; lf = this.#held.indexOf("\n", at)) {
      if (this.#takeLine(this.#held.slice(at, lf + 1))) at = lf + 1;
    }
    this.#held = this.#held.slice(at);
    // Text without a header may be one endless line.
    if (this.#held.length > LONGEST_NAME && !/^[ \t]/.test(this.#held) && !FIELD.test(this.#held)) this.done = true;
    if (!this.done) {
      if (this.#bytes > MAX_HEADER) this.problem = `Cannot send: the header is larger than ${MAX_HEADER / 1024} KB`;
      return new Uint8Array(0);
    }
    return this.#handOver();
  }

  end(): Uint8Array {
    this.done = true;
    return this.#handOver();
  }

  #handOver(): Uint8Array {
    const body = Buffer.from(this.#held, "latin1");
    this.#held = "";
    return body;
  }

  /** False when the line is the body's first. */
  #takeLine(line: string): boolean {
    const first = this.#lines++ === 0;
    // The line that an mbox puts before a message; old programs hand it over with the mail.
    if (first && /^>?From /.test(line)) return true;
    const last = this.fields.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      this.fields[this.fields.length - 1] = { ...last, raw: last.raw + line };
      return true;
    }
    const name = FIELD.exec(line)?.[1];
    if (name === undefined) {
      this.done = true;
      // The empty line belongs to neither: `completeHeader` writes one.
      return line === "\n";
    }
    this.fields.push({ name: name.toLowerCase(), raw: line });
    return true;
  }
}

export interface Completion {
  /** -t: Bcc is for us, not for the readers. */
  readonly hideBcc: boolean;
  /** For a missing From. */
  readonly sender: { readonly address: string; readonly fullName?: string };
  /** For a missing Message-ID, without brackets. */
  readonly messageId: string;
  readonly date: Date;
}

/** The header as it is sent, with the empty line that ends it. What the program wrote stays as it is. */
export function completeHeader(fields: readonly Field[], { hideBcc, sender, messageId, date }: Completion): Uint8Array {
  const kept = fields.filter(({ name }) => !(hideBcc && (name === "bcc" || name === "resent-bcc")));
  const has = (name: string): boolean => kept.some((field) => field.name === name);
  const added = [
    ...(has("from") ? [] : [`From: ${mailbox(sender)}\n`]),
    ...(has("date") ? [] : [`Date: ${rfc5322Date(date)}\n`]),
    ...(has("message-id") ? [] : [`Message-ID: <${messageId}>\n`]),
  ];
  const own = Buffer.from(`${added.join("")}\n`, "utf8");
  return Buffer.concat([Buffer.from(kept.map(({ raw }) => raw).join(""), "latin1"), own]);
}

function mailbox({ address, fullName }: Completion["sender"]): string {
  if (fullName === undefined || fullName.trim() === "") return quoteAddress(address);
  const words = encodeWords(fullName);
  const phrase = /^[\w !#$%&'*+/=?^`{|}~-]*$/.test(words) ? words : `"${words.replace(/["\\]/g, "\\$&")}"`;
  return `${words.startsWith("=?") ? words : phrase} <${quoteAddress(address)}>`;
}

/**
 * The recipients that To, Cc and Bcc name; those of Resent-To, Resent-Cc and Resent-Bcc when there are any, for
 * then somebody passes on what others wrote (RFC 5322 §3.6.6). `wrong` is what is no address.
 */
export function recipientsOf(fields: readonly Field[]): { readonly addresses: string[]; readonly wrong: string[] } {
  const named = (prefix: string): Field[] =>
    fields.filter(({ name }) => [`${prefix}to`, `${prefix}cc`, `${prefix}bcc`].includes(name));
  const resent = named("resent-");
  const addresses: string[] = [];
  const wrong: string[] = [];
  for (const { raw } of resent.length > 0 ? resent : named("")) {
    const value = Buffer.from(raw.slice(raw.indexOf(":") + 1), "latin1").toString("utf8");
    for (const { address, name } of addressparser(value.replace(/\n(?=[ \t])/g, ""), { flatten: true })) {
      // A word alone (`To: root`) comes as a name: somebody of this machine.
      const found = (address ?? "") === "" ? (name ?? "").trim() : (address ?? "");
      if (found === "" || /\s/.test(found)) wrong.push(found);
      else addresses.push(found);
    }
  }
  return { addresses: [...new Set(addresses)], wrong: wrong.filter((text) => text !== "") };
}
