import type { Envelope, Recipient } from "#shared/mail/envelope.js";
import { type Refusal, refuse } from "./types.ts";

type Parameters = ReadonlyMap<string, string | true>;

/** What MAIL said beside the address. */
export interface MailParameters {
  readonly ok: true;
  readonly size: number;
  readonly smtputf8: boolean;
  readonly dsn: Pick<Envelope, "ret" | "envid">;
}

export interface RcptParameters {
  readonly ok: true;
  readonly dsn: Pick<Recipient, "notify" | "orcpt">;
}

/** RFC 3461 §4.4: "ENVID … not exceeding 100 characters"; §4.2: ORCPT up to 500. */
const MAX_ENVID = 100;
const MAX_ORCPT = 500;

/** SIZE (RFC 1870), BODY (6152), SMTPUTF8 (6531), RET and ENVID (3461); AUTH= (4954 §5) is read and not used. */
export function readMailParameters(parameters: Parameters): MailParameters | Refusal {
  let size = 0;
  const dsn: { ret?: "FULL" | "HDRS"; envid?: string } = {};
  for (const [keyword, value] of parameters) {
    const upper = value === true ? "" : value.toUpperCase();
    if (keyword === "SIZE") {
      if (!/^\d{1,20}$/.test(upper)) return bad(keyword);
      size = Number(upper);
    } else if (keyword === "RET") {
      if (upper !== "FULL" && upper !== "HDRS") return bad(keyword);
      dsn.ret = upper;
    } else if (keyword === "ENVID") {
      if (value === true || value.length > MAX_ENVID || !isXtext(value)) return bad(keyword);
      dsn.envid = value;
    } else if (keyword === "BODY") {
      if (upper !== "7BIT" && upper !== "8BITMIME") return bad(keyword);
    } else if (keyword === "SMTPUTF8") {
      if (value !== true) return bad(keyword);
    } else if (keyword !== "AUTH") return unknown(keyword);
  }
  return { ok: true, size, smtputf8: parameters.has("SMTPUTF8"), dsn };
}

/** NOTIFY and ORCPT (RFC 3461 §4.1, §4.2). ORCPT stays as it came: it travels byte for byte. */
export function readRcptParameters(parameters: Parameters): RcptParameters | Refusal {
  const dsn: { notify?: string; orcpt?: string } = {};
  for (const [keyword, value] of parameters) {
    if (keyword === "NOTIFY") {
      const notify = value === true ? "" : value.toUpperCase();
      if (!/^(NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*)$/.test(notify)) return bad(keyword);
      dsn.notify = notify;
    } else if (keyword === "ORCPT") {
      if (value === true || !isOrcpt(value)) return bad(keyword);
      dsn.orcpt = value;
    } else return unknown(keyword);
  }
  return { ok: true, dsn };
}

function isOrcpt(value: string): boolean {
  if (Buffer.byteLength(value) > MAX_ORCPT) return false;
  const parts = /^([a-z0-9!#$%&'*/?^_`{|}~-]+);(.+)$/i.exec(value);
  if (parts === null) return false;
  const rest = parts[2] ?? "";
  // RFC 6533 §3: the utf-8 address type may stand unencoded where SMTPUTF8 is spoken.
  return isXtext(parts[1]?.toLowerCase() === "utf-8" ? rest.replace(/[\u00a0-\u{10ffff}]/gu, "u") : rest);
}

/** xtext (RFC 3461 §4): printable ASCII but `+` and `=`, or `+` and two upper-case hex digits; no encoded control characters. */
export function isXtext(value: string): boolean {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/.test(value)) return false;
  return !/\+(?:[01][0-9A-F]|7F)/.test(value);
}

function bad(keyword: string): Refusal {
  return refuse(501, "5.5.4", `Bad value of parameter ${keyword}`);
}

function unknown(keyword: string): Refusal {
  return refuse(555, "5.5.4", `Parameter ${keyword} is not known here`);
}
