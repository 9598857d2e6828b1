import { addressProblem } from "#shared/mail/address.js";
import { decodeXtext, encodeXtext } from "#shared/mail/xtext.js";
import { type FieldReader, type FieldWriter, MalformedFrameError } from "./bytes.ts";

/**
 * Addresses in a parcel's header: most were in an earlier one, and then cost one byte (pure). `known` is the list that
 * follows from the assumed history, so both ends have the same one.
 */
export const MAX_KNOWN = 120;
/** As at every door (`addressProblem`). */
const MAX_BYTES = 999;

/** 0: a literal follows; n: the n-th known address. */
export function writeAddress(address: string, known: readonly string[], to: FieldWriter): void {
  const index = known.indexOf(address);
  if (index < 0 || index >= MAX_KNOWN) to.varint(0).text(address);
  else to.varint(index + 1);
}

/** @throws MalformedFrameError for an index that is not there or an address that no envelope may hold (P5) */
export function readAddress(from: FieldReader, known: readonly string[]): string {
  const index = from.varint(MAX_KNOWN);
  const address = index === 0 ? from.text(MAX_BYTES) : known[index - 1];
  if (address === undefined)
    throw new MalformedFrameError(`a parcel names the known address ${index} of ${known.length}`);
  if (address !== "" && addressProblem(address) !== undefined)
    throw new MalformedFrameError("a parcel has an address that no envelope may hold");
  return address;
}

/** The addresses of headers, newest header first, each once; the list that references count in. */
export function knownAddresses(headersNewestFirst: Iterable<readonly string[]>): string[] {
  const known = new Set<string>();
  for (const addresses of headersNewestFirst) {
    for (const address of addresses) known.add(address);
    if (known.size >= MAX_KNOWN) break;
  }
  return [...known].slice(0, MAX_KNOWN);
}

/** The address of an ORCPT that the next node can make again byte for byte; undefined when it is of another form. */
export function addressOfOrcpt(orcpt: string): string | undefined {
  const address = decodeXtext(/^rfc822;(.+)$/.exec(orcpt)?.[1] ?? "");
  if (address === undefined || address === "" || addressProblem(address) !== undefined) return undefined;
  return orcptOfAddress(address) === orcpt ? address : undefined;
}

export function orcptOfAddress(address: string): string {
  return `rfc822;${encodeXtext(address)}`;
}
