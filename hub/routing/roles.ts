/** Addresses that every mail system answers (RFC 5321 §4.5.1, RFC 2142) or that machines write to: they lead to somebody, always. */
export const ROLES: readonly string[] = ["postmaster", "abuse", "root", "mailer-daemon"];

/** Where a role without a row ends: a mailbox of the hub itself. */
export const LAST_RESORT = "postmaster";
