import { isIPv4, isIPv6 } from "node:net";
import { isDomain, MAX_ADDRESS, MAX_DOMAIN, MAX_LOCAL, unquoteAddress } from "#shared/mail/address.js";
import { type Refusal, refuse } from "./types.ts";

/** MAIL or RCPT taken apart: the unquoted address and the parameters, keywords in upper case. */
export interface PathCommand {
  readonly ok: true;
  readonly address: string;
  readonly parameters: ReadonlyMap<string, string | true>;
}

const SYNTAX = refuse(501, "5.5.4", "Syntax is MAIL FROM:<address> or RCPT TO:<address>");
const BAD_ADDRESS = refuse(501, "5.1.3", "Bad address syntax");

/**
 * Reads `MAIL FROM:<path> [parameters]` or `RCPT TO:<path> [parameters]` (RFC 5321 §4.1.1.2, §4.1.1.3).
 * A source route is read and forgotten (appendix C): we never route by it. A quoted local part loses its
 * quotes, so that `"user@victim"@example.org` is a local part with an @ in it and nothing else (S16).
 */
export function parsePathCommand(line: Buffer, verb: "MAIL" | "RCPT"): PathCommand | Refusal {
  const text = decode(line);
  if (text === undefined) return BAD_ADDRESS;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\x00-\x1f\x7f-\x9f]/.test(text)) return BAD_ADDRESS;
  const start = (verb === "MAIL" ? /^mail +from *: */i : /^rcpt +to *: */i).exec(text);
  if (start === null) return SYNTAX;
  const parts = /^<((?:"(?:[^"\\]|\\.)*"|[^"<>])*)>(?: +(.*?))? *$/.exec(text.slice(start[0].length));
  if (parts === null) return BAD_ADDRESS;
  const address = parseAddress((parts[1] ?? "").replace(/^@[^\s,:@"]+(?:,@[^\s,:@"]+)*:/, ""), verb);
  if (address === undefined) return BAD_ADDRESS;
  const parameters = parseParameters(parts[2] ?? "");
  return parameters instanceof Map ? { ok: true, address, parameters } : parameters;
}

function decode(line: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch {
    // Not UTF-8, and nothing else may carry an address (RFC 6531 §3.3).
    return undefined;
  }
}

function parseAddress(path: string, verb: "MAIL" | "RCPT"): string | undefined {
  if (path === "" && verb === "MAIL") return "";
  if (verb === "RCPT" && /^postmaster$/i.test(path)) return "postmaster";
  const parts = /^("(?:[^"\\]|\\.)*"|[^\s"(),:;<>@[\\\]]+)@([^@"]+)$/.exec(path);
  const domain = parts?.[2];
  if (parts === null || domain === undefined || !isDomainOrLiteral(domain)) return undefined;
  const address = unquoteAddress(path);
  const local = address.slice(0, address.length - domain.length - 1);
  if (local === "" || /[<>\s]/.test(local)) return undefined;
  if (Buffer.byteLength(address) > MAX_ADDRESS || Buffer.byteLength(domain) > MAX_DOMAIN) return undefined;
  // Bounce addresses of mailing lists exceed 64 bytes in practice, so only recipients are held to it.
  if (verb === "RCPT" && Buffer.byteLength(local) > MAX_LOCAL) return undefined;
  return address;
}

function isDomainOrLiteral(domain: string): boolean {
  const literal = /^\[(IPv6:)?(.*)\]$/i.exec(domain);
  if (literal === null) return isDomain(domain);
  return literal[1] === undefined ? isIPv4(literal[2] ?? "") : isIPv6(literal[2] ?? "");
}

function parseParameters(text: string): Map<string, string | true> | Refusal {
  const parameters = new Map<string, string | true>();
  for (const word of text.split(/ +/)) {
    if (word === "") continue;
    const parts = /^([a-z0-9][a-z0-9-]*)(?:=([^\s=]+))?$/i.exec(word);
    if (parts === null) return refuse(501, "5.5.4", "Bad parameter syntax");
    const keyword = (parts[1] ?? "").toUpperCase();
    if (parameters.has(keyword)) return refuse(501, "5.5.4", `Parameter ${keyword} given twice`);
    parameters.set(keyword, parts[2] ?? true);
  }
  return parameters;
}
