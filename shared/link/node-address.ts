/** Local part of the address of a node itself: the list of an office's people. No person may have it, and only a link delivers to it. */
export const NODE_LOCAL = "qrelay-node";

/**
 * The same for the list of names. An address of its own, so that a node that knows no such list refuses it by its header
 * alone, and mail that waits for the list of people does not wait for this one.
 */
export const NAMES_LOCAL = "qrelay-names";

const NODE_LOCALS = [NODE_LOCAL, NAMES_LOCAL];

/** Only a node writes to these, and only over a link. @param local in the form of `addressKey` */
export function isNodeLocal(local: string): boolean {
  return NODE_LOCALS.includes(local);
}

/** A list for the node itself, and no mail. */
export function isForNode(recipients: readonly { readonly address: string }[]): boolean {
  return recipients.some(({ address }) => NODE_LOCALS.some((local) => address.startsWith(`${local}@`)));
}
