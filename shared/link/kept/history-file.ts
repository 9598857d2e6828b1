import { checksumOf } from "#shared/link/checksum.js";
import type { Item } from "./history-chain.ts";
import { nextState, STATE_BYTES } from "./history-state.ts";

/**
 * One item of a history as a file (pure): the name is SEQ-STATE, the content the parent's state and the item. The state
 * follows from the content, so a torn or flipped file shows itself. An item that is longer than the window is only a
 * mark: SEQ-STATE.long, with the parent, the length and a checksum.
 */

const NAME = /^(\d{12})-([0-9a-f]{16})(\.long)?$/;
const SEQ_DIGITS = 12;
const LENGTH_BYTES = 6;
const MARK_BYTES = STATE_BYTES + LENGTH_BYTES + STATE_BYTES;

/** Longer files are none of ours, whatever the window was: four times the protocol's, not to be read into memory. */
export const MAX_FILE = 4 * 1024 * 1024 + STATE_BYTES;

export function isItemName(name: string): boolean {
  return NAME.test(name);
}

export function itemName({ seq, state, bytes }: Item): string {
  return `${String(seq).padStart(SEQ_DIGITS, "0")}-${state}${bytes === undefined ? ".long" : ""}`;
}

export function writeItem(item: Item): Buffer {
  const parent = Buffer.from(item.parent, "hex");
  return item.bytes === undefined ? writeMark(item) : Buffer.concat([parent, item.bytes]);
}

/** @returns undefined for a file that is not what was written under this name */
export function readItem(name: string, content: Buffer): Item | undefined {
  const [, seq, state, long] = NAME.exec(name) ?? [];
  if (seq === undefined || state === undefined || content.length < STATE_BYTES) return undefined;
  const parent = content.subarray(0, STATE_BYTES).toString("hex");
  const known = { seq: Number(seq), state, parent };
  if (long === undefined) {
    const bytes = content.subarray(STATE_BYTES);
    return nextState(parent, bytes) === state ? { ...known, length: bytes.length, bytes } : undefined;
  }
  if (content.length !== MARK_BYTES) return undefined;
  const mark = { ...known, length: content.readUIntBE(STATE_BYTES, LENGTH_BYTES) };
  return writeMark(mark).equals(content) ? mark : undefined;
}

function writeMark({ state, parent, length }: Item): Buffer {
  const said = Buffer.alloc(STATE_BYTES + LENGTH_BYTES);
  said.write(parent, "hex");
  said.writeUIntBE(length, STATE_BYTES, LENGTH_BYTES);
  return Buffer.concat([said, Buffer.from(checksumOf(Buffer.concat([Buffer.from(state, "hex"), said])), "hex")]);
}
