/** Local part of the address of a node itself. No person may have it, and only a link delivers to it. */
export const NODE_LOCAL = "qrelay-node";
