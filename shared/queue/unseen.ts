/**
 * Marks an entry that no filter and no policy have looked at: sendmail wrote it while nobody answered, or it had crossed a link
 * and the filter could not judge it. The sorter has it looked at first.
 */
export const UNSEEN_FIELDS = { unseen: "1" } as const;
