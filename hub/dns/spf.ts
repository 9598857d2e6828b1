import { isIP } from "node:net";

/** Who may send with the organisation's names (SPF, RFC 7208). */
export interface Senders {
  /** The hub's host name. */
  readonly host: string;
  /** Where all mail for the Internet goes instead of straight to its MX: a name or an address. */
  readonly smartHost?: string;
  /** What else may send, as SPF mechanisms; when given, the smart host is in them. */
  readonly mechanisms: readonly string[];
}

/**
 * The SPF text. A smart host known only by its route ends in `~all`: providers often send from other
 * addresses than they take mail at, and `-all` would then have all our mail refused.
 */
export function spfText(senders: Senders): string {
  const guessed = senders.mechanisms.length === 0 && senders.smartHost !== undefined;
  return ["v=spf1", `a:${senders.host}`, "mx", ...others(senders), guessed ? "~all" : "-all"].join(" ");
}

export function isSpf(text: string): boolean {
  return /^v=spf1( |$)/i.test(text);
}

/**
 * Whether a published SPF text lets all our senders send and says something about all others. It need
 * not be ours word for word: the organisation may send newsletters from elsewhere.
 */
export function spfAgrees(text: string, senders: Senders): boolean {
  const terms = text.toLowerCase().trim().split(/ +/).slice(1);
  const allowed = terms.map((term) => term.replace(/^\+/, ""));
  // The hub is the MX of every one of our names, so `mx` alone says it too.
  const hub = allowed.includes("mx") || allowed.includes(`a:${senders.host}`);
  const last = allowed.at(-1);
  return hub && others(senders).every((term) => allowed.includes(term)) && (last === "-all" || last === "~all");
}

/** A mechanism that can be given by hand, lower case; undefined when it is none. */
export function parseMechanism(text: string): string | undefined {
  const [, kind, value = ""] = /^(include|a|mx|ip4|ip6|exists):(\S+)$/i.exec(text) ?? [];
  if (kind === undefined) return undefined;
  const family = { ip4: 4, ip6: 6 }[kind.toLowerCase()];
  const [address = "", bits] = value.split("/");
  if (family !== undefined && (isIP(address) !== family || !isPrefix(bits, family === 4 ? 32 : 128))) return undefined;
  if (family === undefined && !/^[a-z0-9_.%{}/-]+\.[a-z0-9_.%{}/-]+$/i.test(value)) return undefined;
  return text.toLowerCase();
}

function others({ mechanisms, smartHost }: Senders): string[] {
  if (mechanisms.length > 0 || smartHost === undefined) return [...mechanisms];
  const address = smartHost.replace(/^\[(.*)\]$/, "$1");
  return [{ 0: `a:${smartHost}`, 4: `ip4:${address}`, 6: `ip6:${address}` }[isIP(address)] ?? `a:${smartHost}`];
}

function isPrefix(bits: string | undefined, most: number): boolean {
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}
