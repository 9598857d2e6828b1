import { permit, type Ruleset } from "#shared/config/rules.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { oneLine } from "#shared/mail/outcome.js";
import type { ReceivedWith } from "#shared/mail/received.js";
import type { Accept } from "#shared/queue/accept.js";
import { diskTrouble } from "#shared/queue/disk-trouble.js";
import { unlessFull } from "#shared/queue/full-mailbox.js";
import type { Entrance } from "#shared/queue/policies.js";
import { type Origin, type Route, type Router, routeSafely } from "#shared/queue/route.js";
import { Spool } from "#shared/queue/spool.js";
import type { Store } from "#shared/queue/store.js";
import { type Refusal, type SmtpClientInfo, SmtpDataError, type SmtpPolicy, type Verdict } from "./types.ts";

/** Joins an SMTP listener to the one front door: who may send, which recipients are ours, and `accept`. */
export interface FrontDoorOptions {
  readonly listener: "smtp" | "submission";
  readonly accept: Accept;
  readonly route: Router;
  readonly probe?: Probe;
  readonly rules: Ruleset;
  /** What an address that no rule names may do. */
  readonly defaults: (address: string) => { readonly allow: boolean; readonly relay: boolean };
  /** Bytes of a message from this sender; undefined: as many as the listener takes. */
  readonly limitOf: (entrance: Entrance, sender: string) => number | undefined;
  readonly store: Store;
  readonly space: () => Outcome | undefined;
  readonly authenticate?: (login: string, password: string) => Promise<boolean>;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

/**
 * Asks the next host of a route whether it takes the recipient: "failed" is its refusal, "deferred" means that there is no
 * saying now.
 */
export type Probe = (route: string, recipient: string) => Promise<Outcome>;

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
    limit: (client, sender) => options.limitOf(entranceOf(options, client), sender),
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
          entrance: entranceOf(options, client),
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
      return probed(options, client, route);
    case "refused":
      return { ok: false, code: 550, status: route.status, text: route.text };
    case "deferred":
      return { ok: false, code: 451, status: route.status, text: route.text };
    default:
      return route satisfies never;
  }
}

/**
 * Where the recipient goes on to one host that must be asked. Of one that leads to several places each fails by itself. Who
 * may send anywhere has no queue of his own to try again from: he hears a no, and all else waits here.
 */
async function probed(
  { probe }: FrontDoorOptions,
  client: SmtpClientInfo,
  { destinations, problems }: Route & { kind: "to" },
): Promise<Verdict> {
  const [only] = destinations;
  if (probe === undefined || only?.probe === undefined || destinations.length > 1 || problems !== undefined) return OK;
  const outcome = await probe(only.probe, only.recipient);
  if (outcome.kind === "delivered") return OK;
  const { status, text } = outcome;
  if (outcome.kind === "failed") return { ok: false, code: 550, status, text };
  return originOf(client).relay ? OK : { ok: false, code: 451, status, text };
}

function originOf(client: SmtpClientInfo): Origin {
  return {
    relay: client.relay || client.login !== undefined,
    ...(client.office === undefined ? {} : { office: client.office }),
  };
}

function entranceOf({ listener }: FrontDoorOptions, { login }: SmtpClientInfo): Entrance {
  return login === undefined ? { listener } : { listener, account: login };
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
