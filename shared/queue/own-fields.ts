/** Fields of entries that are one node's own affair: who brought it, what its senders were told, what was decided about it here. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...["noticed", "link", "office", "people", "policy", "unseen", "asked", "decision", "beside"],
]);

/** What goes on with a message, into its copies and over the link: all others, also those that this version does not know. */
export function passedOn(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !OWN_FIELDS.has(key)));
}
