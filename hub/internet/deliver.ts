import type { PolicySettings } from "#hub/policies/policy.js";
import { type FoundRoute, findRoute, parseDestination } from "#hub/routing/route-table.js";
import { splitAddress } from "#shared/mail/address.js";
import { forRecipients, type Recipient } from "#shared/mail/envelope.js";
import { deferred, type Outcome } from "#shared/mail/outcome.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { DOUBLE_BOUNCE_SENDER } from "#shared/queue/settlement.js";
import { sendSmtp } from "#shared/smtp/client.js";
import { type HopContext, smtpTarget } from "./next-hop.ts";

export interface InternetContext extends HopContext {
  /** What the policy of an entry says of its way out; undefined for a policy that is not there any more. */
  readonly policyOf: (name: string) => OutwardPolicy | undefined;
}

export type OutwardPolicy = Pick<PolicySettings, "relay" | "sourceAddress">;

/**
 * One attempt at an entry of the Internet queue: recipients are grouped by next hop, each hop gets the message
 * once. Next hops come from the route table; its `*` is the smart host.
 */
export async function deliverToInternet(
  context: InternetContext,
  open: OpenEntry,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { envelope, fields } = open.head;
  const policy = (fields.policy === undefined ? undefined : context.policyOf(fields.policy)) ?? {};
  const sender = envelope.sender === DOUBLE_BOUNCE_SENDER ? "" : envelope.sender;
  const hops = new Map<string, { route: FoundRoute | undefined; group: { recipient: Recipient; index: number }[] }>();
  envelope.recipients.forEach((recipient, index) => {
    const route = wayOut(context, recipient.address, policy);
    const hop = hops.get(hopKey(route)) ?? { route, group: [] };
    hop.group.push({ recipient, index });
    hops.set(hopKey(route), hop);
  });
  const outcomes: Outcome[] = [];
  for (const { route, group } of hops.values()) {
    const part = forRecipients(
      { ...envelope, sender },
      group.map(({ recipient }) => recipient),
    );
    const results = await toHop({ ...context, ...policy }, route, part, open, signal);
    group.forEach(({ index }, at) => {
      outcomes[index] = results[at] ?? deferred("4.3.0", "no outcome came for this recipient");
    });
  }
  return outcomes;
}

/** A policy's relay stands in for MX records and for the smart host; a route that names the recipient says more. */
function wayOut({ routes }: HopContext, address: string, { relay }: OutwardPolicy): FoundRoute | undefined {
  const { local, domain } = splitAddress(address);
  const route = findRoute(local, domain, routes);
  if (relay === undefined || (route !== undefined && route.pattern !== "*")) return route;
  return { pattern: "of the policy", destination: relay, accept: false, rest: "" };
}

/** One connection serves several routes only where none of them says how it is made, and with whose password. */
function hopKey(route: FoundRoute | undefined): string {
  if (route === undefined) return "";
  return route.tls === undefined && route.login === undefined ? route.destination : `route ${route.pattern}`;
}

async function toHop(
  context: HopContext & OutwardPolicy,
  route: FoundRoute | undefined,
  envelope: ReturnType<typeof forRecipients>,
  open: OpenEntry,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const all = (outcome: Outcome): Outcome[] => envelope.recipients.map(() => outcome);
  const hop = route?.destination ?? "";
  const next = parseDestination(hop);
  if (route === undefined || next?.kind === "mx") {
    return all(
      deferred("4.4.4", "no way to the Internet is set: name a smart host with `qrelay hub route set '*' smtp://HOST`"),
    );
  }
  // Routing follows those to another address; one that is set after that waits for somebody to look.
  if (next?.kind !== "smtp")
    return all(deferred("4.3.5", `the route "${hop}" cannot be used: mend it with \`qrelay hub route set\``));
  const target = smtpTarget(context, route, next);
  if (target === undefined) return all(deferred("4.3.5", `the route ${route.pattern} has changed, try again`));
  const from = context.sourceAddress === undefined ? {} : { localAddress: context.sourceAddress };
  return sendSmtp({ ...target, ...from }, envelope, open.size, () => open.message(), signal);
}
