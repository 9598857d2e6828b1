import { permit, type Ruleset } from "#shared/config/rules.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { oneLine } from "#shared/mail/outcome.js";
import type { ReceivedWith } from "#shared/mail/received.js";
import type { Accept } from "#shared/queue/accept.js";
import { diskTrouble } from "#shared/queue/disk-trouble.js";
import { unlessFull } from "#shared/queue/full-mailbox.js";
import { type Origin, type Router, routeSafely } from "#shared/queue/route.js";
import { Spool } from "#shared/queue/spool.js";
import type { Store } from "#shared/queue/store.js";
import { type Refusal, type SmtpClientInfo, SmtpDataError, type SmtpPolicy, type Verdict } from "./types.ts";

/** Joins an SMTP listener to the one front door: who may send, which recipients are ours, and `accept`. */
export interface FrontDoorOptions {
  readonly accept: Accept;
  readonly route: Router;
  readonly rules: Ruleset;
  /** What an address that no rule names may do. */
  readonly defaults: (address: string) => { readonly allow: boolean; readonly relay: boolean };
  readonly store: Store;
  readonly space: () => Outcome | undefined;
  readonly authenticate?: (login: string, password: string) => Promise<boolean>;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

const OK: Verdict = { ok: true };
/** RFC 3463 §3.4: mail system full. */
const NO_ROOM = "4.3.1";
/** At RCPT the message is not known. */
const NOTHING_YET = { deliveredTo: new Set<string>(), size: 0 };

export function frontDoor(options: FrontDoorOptions): SmtpPolicy {
  return {
    connect: (address) => permit(options.rules, address, options.defaults(address)),
    sender: async () => {
      const full = options.space();
      return full === undefined || full.kind === "delivered"
        ? OK
        : { ok: false, code: 452, status: full.status, text: full.text };
    },
    recipient: async (client, sender, recipient) => {
      const verdict = await judge(options, client, sender, recipient);
      if (!verdict.ok) logRefusal(options, client, sender, recipient, verdict);
      return verdict;
    },
    message: async (client, envelope, message) => {
      const spool = new Spool(options.store.partial);
      try {
        const trouble = await spooled(message, spool, options);
        if (trouble !== undefined) return replyTo([trouble]);
        const { outcomes } = await options.accept({
          envelope,
          spool,
          origin: originOf(client),
          peer: {
            from: client.hello === "" ? "unknown" : client.hello,
            address: client.address,
            with: protocolOf(client),
          },
          refusals: "bounce",
        });
        return replyTo(outcomes);
      } finally {
        await spool.discard();
      }
    },
    ...(options.authenticate === undefined ? {} : { authenticate: options.authenticate }),
  };
}

/** What kept the message from being stored on its way in; what the client did wrong is thrown on. */
async function spooled(
  message: AsyncIterable<Uint8Array>,
  spool: Spool,
  { log }: FrontDoorOptions,
): Promise<Outcome | undefined> {
  try {
    for await (const piece of message) await spool.write(piece);
    return undefined;
  } catch (error) {
    if (error instanceof SmtpDataError) throw error;
    log("internal-error", { where: "partial", text: String(error) });
    return diskTrouble(error);
  }
}

async function judge(
  options: FrontDoorOptions,
  client: SmtpClientInfo,
  sender: string,
  recipient: string,
): Promise<Verdict> {
  const route = await unlessFull(
    options,
    routeSafely(options, recipient, { ...originOf(client), sender }, NOTHING_YET),
  );
  switch (route.kind) {
    case "to":
      return OK;
    case "refused":
      return { ok: false, code: 550, status: route.status, text: route.text };
    case "deferred":
      return { ok: false, code: 451, status: route.status, text: route.text };
    default:
      return route satisfies never;
  }
}

function originOf(client: SmtpClientInfo): Origin {
  return {
    relay: client.relay || client.login !== undefined,
    ...(client.office === undefined ? {} : { office: client.office }),
  };
}

/** All recipients were told "yes" at RCPT, so they share one answer: the worst that is not a bounce. */
function replyTo(outcomes: readonly Outcome[]): Verdict & { text?: string } {
  const refused = outcomes.find(({ kind }) => kind === "failed") ?? outcomes.find(({ kind }) => kind === "deferred");
  if (refused === undefined || refused.kind === "delivered") return { ok: true, text: outcomes[0]?.text ?? "ok" };
  // 452 is what clients know as "no room" (RFC 5321 §4.2.2), 451 as anything else.
  const later = refused.status === NO_ROOM ? 452 : 451;
  return { ok: false, code: refused.kind === "failed" ? 554 : later, status: refused.status, text: refused.text };
}

/** RFC 3848's words: S for TLS, A for authentication. */
function protocolOf(client: SmtpClientInfo): ReceivedWith {
  if (client.login !== undefined) return client.tls ? "ESMTPSA" : "ESMTPA";
  return client.tls ? "ESMTPS" : "ESMTP";
}

function logRefusal(
  options: FrontDoorOptions,
  client: SmtpClientInfo,
  sender: string,
  recipient: string,
  verdict: Refusal,
): void {
  options.log("smtp-refused", {
    peer: client.address,
    stage: "recipient",
    sender: oneLine(sender),
    recipient: oneLine(recipient),
    code: verdict.code,
    status: verdict.status,
    text: verdict.text,
  });
}
