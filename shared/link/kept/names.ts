/** What may become part of a path in this room (pure). Nothing that a peer has said becomes one without passing here. */

const ID = /^[0-9a-f]{16}$/;
const PEER = /^[a-z0-9-]{1,63}$/;

/** A parcel's id or a history's state: 16 hex digits, lower case. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** @throws Error for what is no id: a bug here, for ids are made from bytes */
export function assertId(id: string): void {
  if (!isId(id)) throw new Error(`Cannot use ${JSON.stringify(id)} as a parcel id: wanted 16 hex digits`);
}

/** "hub" or an office's name. @throws Error for what is neither */
export function assertPeer(peer: string): void {
  if (PEER.test(peer)) return;
  throw new Error(`Cannot keep anything for peer ${JSON.stringify(peer)}: wanted 1 to 63 of a-z, 0-9 and "-"`);
}
