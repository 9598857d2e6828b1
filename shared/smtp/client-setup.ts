import { deferred, type Outcome } from "#shared/mail/outcome.js";
import { alwaysEncrypts } from "#shared/mail/tls-policy.js";
import { outcomeOfReply } from "./client-reply.ts";
import { SessionError } from "./client-session.ts";
import type { SmtpTarget } from "./types.ts";

/**
 * What a session that could not be had means: always a deferral. A 5xx greeting, HELO or AUTH, or a certificate that is not
 * valid, is about this host or our settings, not about the message: another try may succeed.
 */
export function outcomeOfSetup(target: SmtpTarget, error: unknown): Outcome {
  const { host } = target;
  if (!(error instanceof SessionError)) return deferred("4.3.0", String(error));
  const ours = (status: string, text: string): Outcome =>
    deferred(status, target.label === undefined ? text : `${target.label}: ${text}`, host);
  const reply = error.reply === undefined ? undefined : outcomeOfReply(host, error.reply, "MAIL");
  // RFC 5248's codes: authentication credentials invalid, security features not supported, cryptographic failure.
  if (error.login) return ours("4.7.8", `the login ${target.auth?.user} is refused, ${reply?.text}`);
  if (error.tls && alwaysEncrypts(target.tls ?? "opportunistic"))
    return reply === undefined
      ? ours("4.7.5", `no TLS as wanted (${target.tls}): ${error.message}`)
      : ours("4.7.4", `TLS is wanted (${target.tls}) and not to be had, ${reply.text}`);
  if (reply === undefined) return deferred("4.4.1", error.message, host);
  return reply.kind === "failed" ? deferred(`4${reply.status.slice(1)}`, reply.text, host) : reply;
}
