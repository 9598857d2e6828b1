import { oneLine } from "#shared/mail/outcome.js";

/** Says whether every letter arrived exactly once, whole, and nothing else did (pure). */
export interface Expected {
  /** Message-ID of the letter, without brackets. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** `OFFICE/NAME`, or `Internet/ADDRESS`. */
  readonly where: string;
  /** The bytes that were handed over. */
  readonly text: Uint8Array;
  /** Not the letter itself must be there but a bounce that says this address failed. */
  readonly bounceOf?: string;
  /** Between colleagues: one Received line, for it must not leave the office. */
  readonly stays?: true;
}

export interface Found {
  readonly where: string;
  readonly text: Uint8Array;
}

export interface Row {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly where: string;
  readonly copies: number;
  readonly state: "arrived" | "bounced, as it must" | "missing" | "doubled" | "changed on the way" | "left its office";
}

export interface Verdict {
  readonly rows: readonly Row[];
  /** What nobody sent there. */
  readonly strays: readonly { readonly where: string; readonly subject: string }[];
  /** All arrived exactly once, and nothing else did. */
  readonly ok: boolean;
}

export function judge(expected: readonly Expected[], found: readonly Found[]): Verdict {
  const copies = found.map(read);
  const taken = new Set<Copy>();
  const rows = expected.map((one) => {
    const own = copies.filter((copy) => !taken.has(copy) && isCopyOf(copy, one));
    for (const copy of own) taken.add(copy);
    const { from, to, subject, where } = one;
    return { from, to, subject, where, copies: own.length, state: stateOf(one, own) };
  });
  const strays = copies.filter((copy) => !taken.has(copy)).map(({ where, subject }) => ({ where, subject }));
  const good = rows.every(({ state }) => state === "arrived" || state === "bounced, as it must");
  return { rows, strays, ok: good && strays.length === 0 };
}

interface Copy {
  readonly where: string;
  readonly id: string;
  readonly subject: string;
  readonly received: number;
  readonly nullSender: boolean;
  /** Below the lines that relays write. */
  readonly sent: string;
}

/** What relays put on top; all else is the sender's (RFC 5321 §4.4). */
const TRACE = /^(?:Return-Path|Delivered-To|Received):.*\n(?:[ \t].*\n)*/i;

function read({ where, text }: Found): Copy {
  // One character a byte, so that comparing text is comparing bytes.
  const whole = Buffer.from(text).toString("latin1");
  let sent = whole;
  for (let trace = TRACE.exec(sent); trace !== null; trace = TRACE.exec(sent)) sent = sent.slice(trace[0].length);
  const top = whole.slice(0, whole.length - sent.length);
  const header = `\n${sent.slice(0, sent.indexOf("\n\n") + 1)}`;
  return {
    where,
    id: /\nMessage-ID: *<([^>\n]*)>/i.exec(header)?.[1] ?? "",
    subject: oneLine(/\nSubject: *(.*)\n/i.exec(header)?.[1] ?? "(none)", 80),
    received: top.match(/^Received:/gim)?.length ?? 0,
    nullSender: /^Return-Path: <>$/im.test(top),
    sent,
  };
}

function isCopyOf(copy: Copy, one: Expected): boolean {
  if (copy.where !== one.where) return false;
  if (one.bounceOf === undefined) return copy.id === one.id;
  const said = copy.sent.matchAll(/^(?:Original|Final)-Recipient: *rfc822; *(\S+)$/gim);
  const named = [...said].some(([, address]) => address === one.bounceOf);
  return named && copy.nullSender && copy.sent.includes(`<${one.id}>`);
}

function stateOf(one: Expected, copies: readonly Copy[]): Row["state"] {
  const [copy, more] = copies;
  if (copy === undefined) return "missing";
  if (more !== undefined) return "doubled";
  if (one.bounceOf !== undefined) return "bounced, as it must";
  if (copy.sent !== Buffer.from(one.text).toString("latin1")) return "changed on the way";
  return one.stays && copy.received !== 1 ? "left its office" : "arrived";
}
