import { unwrapBase64 } from "./encoding/unwrap-base64.ts";
import type { ParcelHeader } from "./parcel.ts";
import { addressOfOrcpt } from "./wire/address-reference.ts";

/**
 * What a parcel leaves behind in the history that both ends share (pure): its envelope in lines, an empty line, and the
 * beginning of its content. The envelope lines of the parcel that is being encoded stand last in the dictionary, for the
 * message's own header will say most of it again.
 */

/** Of a message that is longer than this only the beginning is kept: what follows is an attachment, which nothing quotes. */
const LONG_MESSAGE = 64 * 1024;
export const KEPT_OF_LONG = 8 * 1024;

/** Bytes of items before a base that a parcel is encoded with: the same at both ends, so it belongs to the protocol. */
export const HISTORY_WINDOW = 1024 * 1024;

type Envelope = Pick<ParcelHeader, "mailId" | "sender" | "recipients">;

/** The envelope as the history and the dictionary hold it. */
export function envelopeLines(header: Envelope): Buffer {
  const addresses = addressesOf(header).map((address) => `<${address}>\n`);
  return Buffer.from(`${addresses.join("")}id ${header.mailId ?? ""}\n\n`);
}

/** @param plain the content, or of a long one as much of its beginning as is kept */
export function historyItem(header: Envelope & { readonly size: number }, plain: Uint8Array): Buffer {
  const kept = header.size > LONG_MESSAGE ? plain.subarray(0, KEPT_OF_LONG) : plain;
  // As it is encoded, so that text and pictures in base64 match what comes later.
  return Buffer.concat([envelopeLines(header), unwrapBase64(kept) ?? kept]);
}

/** Sender, recipients and the recipients' first names, as a header's references count them. */
export function addressesOf({ sender, recipients }: Envelope): string[] {
  const originals = recipients.flatMap(({ orcpt }) => (orcpt === undefined ? [] : (addressOfOrcpt(orcpt) ?? [])));
  return [sender, ...recipients.map(({ address }) => address), ...originals];
}

/** The same, out of an item. */
export function addressesIn(item: Uint8Array): string[] {
  const end = Buffer.from(item.buffer, item.byteOffset, item.byteLength).indexOf("\nid ");
  if (end < 0) return [];
  const lines = Buffer.from(item.buffer, item.byteOffset, end).toString("utf8").split("\n");
  return lines.flatMap((line) => /^<(.*)>$/s.exec(line)?.[1] ?? []);
}
