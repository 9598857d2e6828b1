import { z } from "zod";
import { addressKey, MAX_LOCAL } from "#shared/mail/address.js";
import { isPersonName } from "./people-update.ts";

/**
 * What an office tells headquarters of itself, in one document that crosses as receipts do: no entry in a queue, answered
 * when it is durable, and nothing crosses while there is nothing to tell. Keys that this version does not know are ignored:
 * the hub is upgraded first.
 */
export interface OfficeStatement {
  /** When it was made, ms since 1970 by the office's clock, which may be wrong: it dates what stands in it. */
  readonly at: number;
  readonly passwords: readonly ChangedPassword[];
  /** Names of the aliases that the office keeps for itself, all of them: local parts, lower case, NFC. Absent: as told before. */
  readonly aliases?: readonly string[] | undefined;
}

/** A password that somebody was given at the office. */
export interface ChangedPassword {
  readonly name: string;
  /** PHC string. */
  readonly hash: string;
  /** ms since 1970 by the office's clock. */
  readonly at: number;
}

/** Far above any office; it bounds what one may cost headquarters. */
export const MAX_OFFICE_ALIASES = 1000;
/** As many as an office has people. */
const MAX_PASSWORDS = 10_000;
const MAX_HASH = 500;
export const MAX_STATEMENT_BYTES = 2_000_000;

const ALIAS = z
  .string()
  .max(MAX_LOCAL)
  .refine((name) => isPersonName(name) && !name.includes("@") && addressKey(name) === name, "not a name for an alias");

const STATEMENT = z.object({
  qrelay: z.literal("office"),
  at: z.int().nonnegative(),
  passwords: z
    .array(
      z.object({
        name: z.string().min(1).max(MAX_LOCAL).transform(addressKey),
        hash: z.string().startsWith("$").max(MAX_HASH),
        at: z.int().nonnegative(),
      }),
    )
    .max(MAX_PASSWORDS)
    .default([]),
  aliases: z.array(ALIAS).max(MAX_OFFICE_ALIASES).optional(),
});

/** The document for the wire. What says nothing is left out: each byte is paid for. */
export function encodeStatement({ at, passwords, aliases }: OfficeStatement): Uint8Array {
  return Buffer.from(
    JSON.stringify({ qrelay: "office", at, passwords: passwords.length === 0 ? undefined : passwords, aliases }),
  );
}

/** Reads one from the wire; `problem` says why it cannot be used, and then nothing may change. */
export function parseStatement(bytes: Uint8Array): { statement: OfficeStatement } | { problem: string } {
  if (bytes.length > MAX_STATEMENT_BYTES)
    return { problem: `the statement of the office is larger than ${MAX_STATEMENT_BYTES} bytes` };
  const parsed = STATEMENT.safeParse(parseJson(bytes));
  if (parsed.success) {
    const { at, passwords, aliases } = parsed.data;
    return { statement: { at, passwords, ...(aliases === undefined ? {} : { aliases }) } };
  }
  const [issue] = parsed.error.issues;
  return { problem: `the statement of the office is wrong: ${issue?.path.join(".") || "document"}: ${issue?.message}` };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Neither UTF-8 nor JSON: the schema then says that no document was found.
    return undefined;
  }
}
