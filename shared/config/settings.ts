import { z } from "zod";
import { parseDuration, parseSize } from "#shared/cli/units.js";
import { canonicalDomain, isDomain } from "#shared/mail/address.js";
import { LISTEN_WANTED, parseListen } from "./listen.ts";

/** The kinds of values that a configuration key can have. Each message says what is wanted. */

/** A value that `parse` understands; undefined from it means that it does not. */
export function setting<T>(wanted: string, parse: (raw: unknown) => T | undefined) {
  return z.unknown().transform((raw, context): T => {
    const value = parse(raw);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: wanted });
    return z.NEVER;
  });
}

export const listen = setting(LISTEN_WANTED, parseListen);

/** For listeners whose protocol is not served yet, so that the key exists and says so. */
export const onlyOff = (instead: string) =>
  setting(`"off", because it is not served here: use ${instead}`, (raw) => (raw === "off" ? [] : undefined));

/** Bytes. A bare number is bytes too. */
export const size = setting('a size such as "200k", "25M" or 300 (bytes)', (raw) => {
  const bytes = typeof raw === "string" ? parseSize(raw) : raw;
  return isCount(bytes) ? bytes : undefined;
});

/** Milliseconds, more than none. */
export const duration = setting('a duration such as "15m", "4h" or "30d"', (raw) => {
  const ms = typeof raw === "string" ? parseDuration(raw) : undefined;
  return ms === undefined || ms === 0 ? undefined : ms;
});

export const count = setting("a whole number, 1 or more", (raw) => (isCount(raw) && raw > 0 ? raw : undefined));

export const flag = setting("true or false", (raw) => (typeof raw === "boolean" ? raw : undefined));

export const text = (wanted: string) => setting(wanted, (raw) => (typeof raw === "string" ? raw : undefined));

export const oneOf = <const T extends readonly string[]>(...words: T) =>
  setting(words.map((word) => `"${word}"`).join(" or "), (raw) =>
    words.find((word): word is T[number] => word === raw),
  );

/** A domain in its canonical form; address literals are none of ours. */
export const domain = (wanted: string) => setting(wanted, domainName);

export const domainList = (wanted: string) =>
  setting(wanted, (raw) => {
    if (!Array.isArray(raw) || raw.length === 0) return undefined;
    const names = raw.map(domainName).filter((name) => name !== undefined);
    return names.length === raw.length ? names : undefined;
  });

/** Becomes a folder, a host label and a log field. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const name = (what: string) =>
  setting(`${what}: lower-case letters, digits and hyphens, 63 at most`, (raw) =>
    typeof raw === "string" && NAME.test(raw) ? raw : undefined,
  );

function domainName(raw: unknown): string | undefined {
  if (typeof raw !== "string" || raw.startsWith("[") || !isDomain(canonicalDomain(raw))) return undefined;
  return canonicalDomain(raw);
}

function isCount(raw: unknown): raw is number {
  return typeof raw === "number" && Number.isSafeInteger(raw) && raw >= 0;
}
