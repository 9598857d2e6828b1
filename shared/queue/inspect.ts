import type { Recipient } from "#shared/mail/envelope.js";
import type { AcceptContext, Arrival } from "./arrival.ts";
import { overLimit } from "./policies.ts";

/** What is decided about a message as a whole before it is routed: its policy, its size, and what the filter says. */
export type Inspected =
  /** `arrival` has its policy, and the message that the filter gave; discard a spool that is not the first one. */
  | { readonly kind: "take"; readonly arrival: Arrival }
  | { readonly kind: "refused" | "deferred"; readonly status: string; readonly text: string };

export type InspectContext = Pick<AcceptContext, "policies" | "filter" | "log">;

/** @param fresh recipients that were not answered before; the filter hears of no others */
export async function inspect(
  context: InspectContext,
  arrival: Arrival,
  mailId: string,
  fresh: readonly Recipient[],
): Promise<Inspected> {
  const { entrance } = arrival;
  if (entrance === undefined || fresh.length === 0) return { kind: "take", arrival };
  const chosen = chosenPolicy(context, arrival);
  if (chosen.kind !== "take") return chosen;
  if (context.filter === undefined) return chosen;
  const seen = { ...chosen.arrival, envelope: { ...arrival.envelope, recipients: fresh } };
  const filtered = await context.filter(seen);
  if (filtered.kind !== "taken") logFiltered(context, arrival, mailId, filtered);
  switch (filtered.kind) {
    case "taken":
      return chosen;
    case "replaced":
      return { kind: "take", arrival: { ...chosen.arrival, spool: filtered.spool } };
    case "refused":
      return { kind: "refused", status: "5.7.1", text: filtered.text };
    case "deferred":
      return { kind: "deferred", status: "4.3.0", text: filtered.text };
    default:
      return filtered satisfies never;
  }
}

/** Chosen once: what the entry says of it holds from here on. */
function chosenPolicy(context: InspectContext, arrival: Arrival): Inspected {
  const { entrance, envelope, spool } = arrival;
  if (entrance === undefined || context.policies === undefined) return { kind: "take", arrival };
  try {
    const policy = context.policies.choose(entrance, envelope.sender);
    if (policy === undefined) return { kind: "take", arrival };
    const tooLarge = overLimit(context, entrance, policy, spool.size);
    if (tooLarge !== undefined) return { kind: "refused", status: "5.3.4", text: tooLarge };
    return { kind: "take", arrival: { ...arrival, policy } };
  } catch (error) {
    context.log("internal-error", { where: "policies", text: String(error) });
    return { kind: "deferred", status: "4.3.0", text: "the directory cannot be read, try again later" };
  }
}

function logFiltered(
  { log }: InspectContext,
  { envelope, peer }: Arrival,
  mail: string,
  filtered: { readonly kind: string; readonly text?: string },
): void {
  log("filtered", {
    mail,
    peer: peer.address ?? peer.from,
    sender: envelope.sender,
    outcome: filtered.kind,
    ...(filtered.text === undefined ? {} : { text: filtered.text }),
  });
}
