import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";

/**
 * What a peer's reply means for one recipient. Only an explicit 5xx fails mail; a reply that cannot be understood
 * (no code, 1xx, 6xx to 9xx) defers it (S30). `step` is the command that was answered.
 */
export function outcomeOfReply(host: string, reply: string, step: "MAIL" | "RCPT" | "DATA" | "message"): Outcome {
  const text = `${host} said: ${flatten(reply)}`;
  const code = /^([2-5]\d\d)(?=[ \n-]|$)/.exec(reply)?.[1];
  if (code === undefined) return deferred("4.5.0", `${host} gave a reply that is not SMTP: ${flatten(reply)}`, host);
  // 250 is the only yes after the dot (RFC 5321 §4.3.2); another 2xx is an answer to something else.
  if (step === "message" && code.startsWith("25")) return delivered(text, host);
  if (code.startsWith("5") && !isFullEnvelope(reply, step)) return failed(statusOf(reply, "5"), text, host);
  return deferred(code.startsWith("4") ? statusOf(reply, "4") : "4.5.0", text, host);
}

/** RFC 5321 §4.5.3.1.10: 552 at RCPT is how old servers say "too many recipients", which is temporary. */
function isFullEnvelope(reply: string, step: string): boolean {
  return step === "RCPT" && /^552(?:[ -]5\.5\.3)?(?![ -]\d\.)/.test(reply);
}

/** The peer's enhanced code when it has one of the right class, else x.0.0. */
function statusOf(reply: string, digit: "4" | "5"): string {
  const status = /^\d\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(reply)?.[1];
  return status?.startsWith(digit) ? status : `${digit}.0.0`;
}

/** The lines of a reply as one, the codes only once. */
function flatten(reply: string): string {
  const [first = "", ...more] = reply.split("\n");
  const rest = more.map((line) => line.replace(/^\d{3}[ -]?(?:[245]\.\d{1,3}\.\d{1,3} ?)?/, ""));
  return [first.replace(/^(\d{3})-/, "$1 "), ...rest].join(" ");
}
