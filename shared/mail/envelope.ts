/** One recipient of a message, with what its sender asked to be told (RFC 3461 §4). */
export interface Recipient {
  /** Unquoted address, as given. */
  readonly address: string;
  /** NOTIFY as given, upper case, comma separated: `NEVER` or any of SUCCESS, FAILURE, DELAY. */
  readonly notify?: string;
  /** ORCPT as given, still in xtext: it travels byte for byte (RFC 3461 §5.2.1). */
  readonly orcpt?: string;
}

/** Who a message is from and for, apart from its bytes. */
export interface Envelope {
  /** Unquoted reverse path; empty for a bounce, which is never answered. */
  readonly sender: string;
  readonly recipients: readonly Recipient[];
  /** RET of RFC 3461 §4.3. */
  readonly ret?: "FULL" | "HDRS";
  /** ENVID of RFC 3461 §4.4, still in xtext. */
  readonly envid?: string;
  /** The message or its addresses need SMTPUTF8 (RFC 6531 §3.4). */
  readonly smtputf8?: boolean;
}

/** The same message for some of its recipients. */
export function forRecipients(envelope: Envelope, recipients: readonly Recipient[]): Envelope {
  return { ...envelope, recipients };
}
