import type { Outcome } from "#shared/mail/outcome.js";
import { sendSmtp } from "#shared/smtp/client.js";
import { addressOf, HUB, homeOf, INTERNET } from "./cast.ts";
import type { Sealed } from "./compose.ts";
import type { Star } from "./star.ts";

/**
 * Hands a letter over as its writer's mail program would: with the password at her own office's submission port; from
 * the Internet at the hub's port 25. Gives the mail id that the node answered.
 * @throws when the node does not take it for every recipient
 */
export async function post(star: Star, { letter, text }: Sealed, signal: AbortSignal): Promise<string> {
  const home = homeOf(letter.from);
  const outside = home === INTERNET;
  const at = star.nodes.get(outside ? HUB : home)?.listen[outside ? "smtp" : "submission"] ?? "";
  const colon = at.lastIndexOf(":");
  const pass = star.passwords.get(letter.from);
  const target = {
    host: at.slice(0, colon),
    port: Number(at.slice(colon + 1)),
    helo: outside ? "mx.elsewhere.example" : "demo.example.org",
    tls: "off" as const,
    ...(pass === undefined ? {} : { auth: { user: addressOf(letter.from), pass } }),
  };
  const envelope = {
    sender: addressOf(letter.from),
    recipients: letter.to.map((name) => ({ address: addressOf(name) })),
  };
  const outcomes = await sendSmtp(target, envelope, text.length, () => once(text), signal);
  const bad = outcomes.find((outcome: Outcome) => outcome.kind !== "delivered");
  if (bad !== undefined) throw new Error(`"${letter.subject}" from ${letter.from} was not taken: ${bad.text}`);
  return /\b[A-Z2-7]{16}\b/.exec(outcomes[0]?.text ?? "")?.[0] ?? "";
}

async function* once(text: Uint8Array): AsyncGenerator<Uint8Array> {
  yield text;
}
