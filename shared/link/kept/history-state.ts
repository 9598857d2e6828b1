import { hash } from "node:crypto";

/** Names of what a history holds (pure): each item's state follows from the one before and the item. 16 hex digits. */

/** Of a history with nothing in it. */
export const ROOT = "0".repeat(16);

export function nextState(parent: string, item: Uint8Array): string {
  const content = hash("sha256", item, "buffer");
  return hash("sha256", Buffer.concat([Buffer.from(parent, "hex"), content]), "hex").slice(0, 16);
}
