/** One record of a cdb, in the order in which it was written. */
export interface CdbRecord {
  readonly key: Uint8Array;
  readonly data: Uint8Array;
}

/** 256 pointers to hash tables, of two numbers of four bytes each (cr.yp.to/cdb/cdb.txt). */
const HEADER = 256 * 8;

/**
 * All records of a constant database, or what is wrong with the file. Looks nothing up: the records lie between the
 * header and the first hash table, one after the other. Every length is checked before it is followed.
 */
export function cdbRecords(bytes: Uint8Array): CdbRecord[] | string {
  if (bytes.length < HEADER) return `${bytes.length} bytes, but a cdb begins with ${HEADER} of them`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = tablesBegin(view);
  if (typeof end === "string") return end;
  const records: CdbRecord[] = [];
  for (let at = HEADER; at < end; ) {
    if (end - at < 8) return `the record at byte ${at} does not fit before the tables at byte ${end}`;
    const keyLength = view.getUint32(at, true);
    const dataLength = view.getUint32(at + 4, true);
    const next = at + 8 + keyLength + dataLength;
    if (next > end) return `the record at byte ${at} does not fit before the tables at byte ${end}`;
    records.push({
      key: bytes.subarray(at + 8, at + 8 + keyLength),
      data: bytes.subarray(at + 8 + keyLength, next),
    });
    at = next;
  }
  return records;
}

function tablesBegin(view: DataView): number | string {
  let begin = view.byteLength;
  for (let at = 0; at < HEADER; at += 8) {
    const position = view.getUint32(at, true);
    const slots = view.getUint32(at + 4, true);
    if (position < HEADER || position + slots * 8 > view.byteLength)
      return `the table pointer at byte ${at} leads outside`;
    begin = Math.min(begin, position);
  }
  return begin;
}
