/** What a PackageDecoder takes. All are inclusive; Infinity means "as far as ten digits reach". */
export interface DecoderLimits {
  /** Bytes of text, as declared (the marker byte is not counted). A longer text is read, thrown away and reported. */
  maxMessage: number;
  /**
   * Bytes of any one netstring that are read only to keep in step with the sender. A longer one is an error: we do not
   * read gigabytes to throw them away. A text that `maxMessage` allows is never refused by this.
   */
  maxDiscard: number;
  /** Bytes of one address. */
  maxAddress: number;
  /** Recipients of one package; those beyond carry the problem "too-many". */
  maxRecipients: number;
}

export const DEFAULT_LIMITS: DecoderLimits = Object.freeze({
  maxMessage: 25_000_000, // what large mail providers take
  maxDiscard: 100_000_000, // four such messages: room for an honest sender to be told "too big" instead of being cut
  maxAddress: 999, // qmail-qmtpd refuses 1000; SMTP allows far less
  maxRecipients: 1000, // ten times what RFC 5321 section 4.5.3.1.8 makes every server take
});

/** `given` over `defaults`. Throws RangeError for a limit that is no number or negative: a NaN would allow everything. */
export function withDefaults<T extends object>(defaults: T, given: Partial<T>): T {
  const limits = { ...defaults, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === "number" && value >= 0) continue;
    throw new RangeError(`Cannot use ${name} "${value}" as a limit: give a number, 0 or more`);
  }
  return limits;
}
