import { hash } from "node:crypto";

/**
 * Names of what a history holds (pure): each item's state follows from the one before and the item, so a state names all
 * that leads to it, and two ends that name the same state hold the same bytes. 16 hex digits: enough against accidents.
 */

/** Of a history with nothing in it. */
export const ROOT = "0".repeat(16);

/** Bytes of a state. */
export const STATE_BYTES = 8;

/** @param parent the state before; 16 hex digits */
export function nextState(parent: string, item: Uint8Array): string {
  const content = hash("sha256", item, "buffer");
  return hash("sha256", Buffer.concat([Buffer.from(parent, "hex"), content]), "hex").slice(0, 2 * STATE_BYTES);
}
