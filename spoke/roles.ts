import { type Decision, type Step, step, toMailbox } from "./decisions.ts";
import type { SpokeView } from "./routing.ts";

/** The mailbox that gets the mail of all roles. It exists from `join` on. */
export const POSTMASTER = "postmaster";

/** RFC 2142 §5 and the senders of a machine's own mail. */
export const ROLES: ReadonlySet<string> = new Set([POSTMASTER, "abuse", "root", "mailer-daemon"]);

/** Mail to these, written by the machine's cron or as answers to bounces, never pays for the link. */
export const MACHINE_ROLES: ReadonlySet<string> = new Set(["root", "mailer-daemon"]);

export function toPostmaster(view: SpokeView, before: readonly Step[], role: string): Decision {
  return toMailbox(view, POSTMASTER, [...before, step("role", role, "The office's postmaster reads it")]);
}
