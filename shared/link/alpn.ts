/**
 * What an authenticated connection is for, said in its ALPN: QMTP has no word for "now you".
 * A peer that offers none gets `send`.
 */
export const LINK_ALPN = {
  /** The caller is the QMTP client. */
  send: "qmtp",
  /** The called side is the QMTP client: it drains its queue for the caller and closes. */
  turn: "qmtp-turn",
  /** As `turn`, but it stays open and sends what comes later too: for an office that is always on line. */
  stay: "qmtp-stay",
} as const;

export const ALL_ALPN = Object.values(LINK_ALPN);
