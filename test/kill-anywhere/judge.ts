/** Compares what was promised with what is there when everything has come to rest (pure). */
import type { StoredMessage } from "../support/star.ts";
import { type Letter, lastLine, type Place, type Recipient } from "./letter.ts";

export interface Found {
  readonly place: Place;
  readonly message: StoredMessage;
}

export interface Verdict {
  /** Letters times recipients. */
  readonly stake: number;
  readonly promised: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Copies that SMTP itself may double: a client without an answer asked again, the Internet got a second attempt. */
  readonly repeats: number;
  /** Torn, astray, or never accepted. */
  readonly wrong: readonly string[];
}

export function judge(letters: readonly Letter[], found: readonly Found[]): Verdict {
  const lost: string[] = [];
  const doubled: string[] = [];
  const wrong: string[] = [];
  const explained = new Set<Found>();
  let repeats = 0;
  const everybody = letters.flatMap((letter) => letter.recipients.map((recipient) => ({ letter, recipient })));
  for (const { letter, recipient } of everybody) {
    const copies = found.filter((one) => isCopy(one, letter, recipient));
    for (const copy of copies) explained.add(copy);
    const what = `${letter.token} for ${recipient.address} (${describePlace(recipient.place)})`;
    if (!recipient.promised) wrong.push(`${what} was never accepted`);
    else if (copies.length === 0) lost.push(what);
    const extra = copies.length - Math.max(1, recipient.tries);
    const twins = twinsOf(copies);
    if (twins > 0 || extra > sameBytesOutside(copies)) doubled.push(`${what}: ${copies.length} copies`);
    else repeats += Math.max(0, copies.length - 1);
    for (const { message, place } of copies) {
      if (!place.report && !message.body.includes(lastLine(letter.token)))
        wrong.push(`${what} is torn: ${message.path}`);
    }
  }
  for (const one of found)
    if (!explained.has(one)) wrong.push(`astray in ${describePlace(one.place)}: ${one.message.path}`);
  const promised = everybody.filter(({ recipient }) => recipient.promised).length;
  return { stake: everybody.length, promised, lost, doubled, repeats, wrong };
}

function isCopy({ place, message }: Found, { token }: Letter, recipient: Recipient): boolean {
  const wanted = recipient.place;
  if (place.at !== wanted.at || place.mailbox !== wanted.mailbox || place.report !== wanted.report) return false;
  const text = `${message.head}\n\n${message.body}`;
  if (!new RegExp(`^Subject: ${token}\r?$`, "m").test(text)) return false;
  if (place.report) return text.includes(recipient.address);
  // The Internet tells by its envelope whom a copy is for, a mailbox is one person's.
  return place.at !== "internet" || (message.header("X-Sink-To") ?? "").split(",").includes(recipient.address);
}

/** Copies with the same mail id in one place came of one acceptance: somebody delivered twice. */
function twinsOf(copies: readonly Found[]): number {
  const different = new Map<string, Set<string>>();
  for (const { message, place } of copies) {
    const texts = different.get(mailIdOf(message)) ?? new Set();
    // A second attempt at the same Internet entry has the same bytes; one accepted twice has another Received line.
    texts.add(place.at === "internet" ? message.head : message.path);
    different.set(mailIdOf(message), texts);
  }
  return [...different.values()].reduce((sum, texts) => sum + texts.size - 1, 0);
}

function sameBytesOutside(copies: readonly Found[]): number {
  const outside = copies.filter(({ place }) => place.at === "internet").map(({ message }) => message.head);
  return outside.length - new Set(outside).size;
}

/** The id that the first node gave: each node's Received line ends with it, the first node's is the lowest. */
export function mailIdOf(message: StoredMessage): string {
  const ids = [...message.head.matchAll(/^Received: from .*\n?\s+by \S+\.example\.org with \S+ id ([A-Z2-7]{16})/gm)];
  return ids.at(-1)?.[1] ?? "";
}

function describePlace({ at, mailbox, report }: Place): string {
  return `${report ? "report in " : ""}${at}${mailbox === "" ? "" : `/${mailbox}`}`;
}
