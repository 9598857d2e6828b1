/** What an authenticated connection speaks, said in its ALPN. A peer that offers none gets QMTP. */
export const LINK_ALPN = {
  /** The qrelay session, version 1 (PROTOCOL.md). */
  session: "qrelay/1",
  /** The caller is a QMTP client: for peers that know no more. */
  qmtp: "qmtp",
} as const;

export const ALL_ALPN = Object.values(LINK_ALPN);
