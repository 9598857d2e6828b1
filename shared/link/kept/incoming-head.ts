import { z } from "zod";
import { checksumOf } from "#shared/link/checksum.js";
import { CLASSES, type ParcelHeader } from "#shared/link/parcel.js";
import { CODECS, type Encoding } from "#shared/link/wire/parcel-head.js";
import { isId } from "./names.ts";

/** What is known of a parcel that is partly here, as a file (pure). */
export interface IncomingHead {
  readonly header: ParcelHeader;
  readonly encoding: Encoding;
  /** Bytes that the whole body has. */
  readonly encodedLength: number;
  /** The histories that it assumes, and what had crossed after them in its session. */
  readonly base: { readonly own: string; readonly other: string };
  readonly states: readonly string[];
}

/** With the number of the session that touched it last: what was touched longest ago goes first. */
export interface StoredHead {
  readonly head: IncomingHead;
  readonly session: number;
}

/** 1,000 recipients with all that may be said of them. */
export const MAX_HEAD = 8 * 1024 * 1024;

export function writeHead({ head, session }: StoredHead): string {
  return JSON.stringify({ head, session, checksum: headChecksum(head, session) });
}

/**
 * The checksum matters: no other one stands over the envelope, and one flipped bit of an address would bring a message
 * to somebody else.
 *
 * @returns undefined for what was not written by `writeHead`
 */
export function readHead(text: string): StoredHead | undefined {
  const stored = parseJson(text);
  const read = STORED.safeParse(stored);
  if (!read.success) return undefined;
  const { head, session, checksum } = read.data;
  // Of what was read, not of what the schema has made of it: that has its keys in another order.
  const { head: raw } = stored as { head: unknown };
  return headChecksum(raw, session) === checksum ? { head, session } : undefined;
}

function headChecksum(head: unknown, session: number): string {
  return checksumOf(Buffer.from(JSON.stringify([session, head])));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Torn by a crash, or flipped: as good as absent.
    return undefined;
  }
}

const count = z.int().min(0);
const id = z.string().refine(isId);

const RECIPIENT = z.object({
  address: z.string(),
  notify: z.string().exactOptional(),
  orcpt: z.string().exactOptional(),
});

const HEADER = z.object({
  kind: z.enum(["mail", "receipts"]),
  mailId: z.string().exactOptional(),
  sender: z.string(),
  recipients: z.array(RECIPIENT),
  ret: z.enum(["FULL", "HDRS"]).exactOptional(),
  envid: z.string().exactOptional(),
  smtputf8: z.boolean().exactOptional(),
  class: z.enum(CLASSES),
  fields: z.record(z.string(), z.string()),
  size: count,
  checksum: id,
});

const HEAD = z.object({
  header: HEADER,
  encoding: z.object({ unwrapped: z.boolean(), codec: z.enum(CODECS) }),
  encodedLength: count,
  base: z.object({ own: id, other: id }),
  states: z.array(id),
});

const STORED = z.object({ head: HEAD, session: count, checksum: id });
