import { randomBytes } from "node:crypto";
import { z } from "zod";
import { canonicalDomain, isDomain } from "#shared/mail/address.js";

/** All that a new office must know of its hub, in one line that can be carried on paper. It holds the key: keep it secret. */
export interface JoinToken {
  /** The organisation's own domains, the main one first. */
  readonly domains: readonly string[];
  /** Name of the office. */
  readonly office: string;
  /** Host name of the office. */
  readonly host: string;
  /** Host name of the hub. */
  readonly hub: string;
  /** Where the hub answers, `HOST:PORT`, in the order to try. */
  readonly addresses: readonly string[];
  /** 32 random bytes, base64url: the link's pre-shared key. */
  readonly key: string;
}

const MARK = "qr1.";
/** A token with 50 domains has a tenth of this. */
const MAX_TOKEN = 20_000;
const KEY_BYTES = 32;
const MAX_LIST = 50;

const host = z.string().refine((text) => isDomain(text) && canonicalDomain(text) === text, "is not a host name");
const TOKEN = z.strictObject({
  domains: z.array(host).min(1).max(MAX_LIST),
  office: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "is not an office name"),
  host,
  hub: host,
  addresses: z.array(z.string().refine(isHostPort, "is not HOST:PORT")).min(1).max(MAX_LIST),
  key: z.string().refine(isKey, `is not a key of ${KEY_BYTES} bytes`),
});

export function newKey(random: (n: number) => Uint8Array = randomBytes): string {
  return Buffer.from(random(KEY_BYTES)).toString("base64url");
}

export function encodeToken(token: JoinToken): string {
  const { domains, office, host, hub, addresses, key } = token;
  return MARK + Buffer.from(JSON.stringify({ domains, office, host, hub, addresses, key })).toString("base64url");
}

/** Reads a token; `problem` says for people why it cannot be used, without repeating the key. */
export function decodeToken(text: string): { token: JoinToken } | { problem: string } {
  const line = text.trim();
  if (!line.startsWith(MARK))
    return { problem: `the token should begin with "${MARK}": copy the whole line that the hub printed` };
  if (line.length > MAX_TOKEN) return { problem: `the token is longer than ${MAX_TOKEN} characters` };
  const json = parseJson(line.slice(MARK.length));
  if (json === undefined)
    return { problem: "the token is cut short or mistyped: copy the whole line that the hub printed" };
  const read = TOKEN.safeParse(json);
  if (read.success) return { token: read.data };
  const [issue] = read.error.issues;
  return { problem: `the token cannot be used: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is wrong"}`.trim() };
}

/** `HOST:PORT`, an IPv6 address in brackets. */
export function isHostPort(text: string): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[2]);
  return match !== null && isDomain(match[1] ?? "") && port >= 1 && port <= 65_535;
}

function isKey(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text) && Buffer.from(text, "base64url").length === KEY_BYTES;
}

function parseJson(base64: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(base64)) return undefined;
  try {
    return JSON.parse(Buffer.from(base64, "base64url").toString("utf8"));
  } catch {
    // The caller says it in words for people; the parser's would only confuse.
    return undefined;
  }
}
