/**
 * Old mail that follows somebody to another office: it is hers wherever it lies, whatever instructions say of new mail, and it has
 * been on its way for years, so that hops say nothing. The field is believed of entries of our own and of the link's peer.
 */
const FIELD = "mailbox";

export const OLD_MAIL_FIELDS: Readonly<Record<string, string>> = { [FIELD]: "1" };

export function isOldMail(fields: Readonly<Record<string, string>> | undefined): boolean {
  return fields?.[FIELD] !== undefined;
}

/** What routing hears of it. */
export function oldMailOrigin(fields: Readonly<Record<string, string>> | undefined): { readonly oldMail?: true } {
  return isOldMail(fields) ? { oldMail: true } : {};
}
