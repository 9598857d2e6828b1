/** Local part of the address of a node itself. No person may have it, and only a link delivers to it. */
export const NODE_LOCAL = "qrelay-node";

/** A list for the node itself, and no mail. */
export function isForNode(recipients: readonly { readonly address: string }[]): boolean {
  return recipients.some(({ address }) => address.startsWith(`${NODE_LOCAL}@`));
}
