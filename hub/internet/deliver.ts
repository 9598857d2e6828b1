import type { PolicySettings } from "#hub/policies/policy.js";
import { findRoute, parseDestination, type RouteLookup } from "#hub/routing/route-table.js";
import { splitAddress } from "#shared/mail/address.js";
import { forRecipients, type Recipient } from "#shared/mail/envelope.js";
import { deferred, type Outcome } from "#shared/mail/outcome.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { DOUBLE_BOUNCE_SENDER } from "#shared/queue/settlement.js";
import { sendSmtp } from "#shared/smtp/client.js";

/**
 * One attempt at an entry of the Internet queue: recipients are grouped by next hop, each hop gets the message
 * once. Next hops come from the route table; its `*` is the smart host.
 */
export interface InternetContext {
  /** Our name in EHLO. */
  readonly host: string;
  readonly routes: RouteLookup;
  /** What the policy of an entry says of its way out; undefined for a policy that is not there any more. */
  readonly policyOf: (name: string) => OutwardPolicy | undefined;
}

export type OutwardPolicy = Pick<PolicySettings, "relay" | "sourceAddress">;

export async function deliverToInternet(
  context: InternetContext,
  open: OpenEntry,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { envelope, fields } = open.head;
  const policy = (fields.policy === undefined ? undefined : context.policyOf(fields.policy)) ?? {};
  const sender = envelope.sender === DOUBLE_BOUNCE_SENDER ? "" : envelope.sender;
  const hops = new Map<string, { recipient: Recipient; index: number }[]>();
  envelope.recipients.forEach((recipient, index) => {
    const hop = hopOf(context.routes, recipient.address, policy);
    hops.set(hop, [...(hops.get(hop) ?? []), { recipient, index }]);
  });
  const outcomes: Outcome[] = [];
  for (const [hop, group] of hops) {
    const part = forRecipients(
      { ...envelope, sender },
      group.map(({ recipient }) => recipient),
    );
    const results = await toHop({ ...context, ...policy }, hop, part, open, signal);
    group.forEach(({ index }, at) => {
      outcomes[index] = results[at] ?? deferred("4.3.0", "no outcome came for this recipient");
    });
  }
  return outcomes;
}

/** A policy's relay stands in for MX records and for the smart host; a route that names the recipient says more. */
function hopOf(routes: RouteLookup, address: string, { relay }: OutwardPolicy): string {
  const { local, domain } = splitAddress(address);
  const route = findRoute(local, domain, routes);
  if (relay !== undefined && (route === undefined || route.pattern === "*")) return relay;
  return route?.destination ?? "";
}

async function toHop(
  context: InternetContext & OutwardPolicy,
  hop: string,
  envelope: ReturnType<typeof forRecipients>,
  open: OpenEntry,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const all = (outcome: Outcome): Outcome[] => envelope.recipients.map(() => outcome);
  const target = parseDestination(hop);
  if (hop === "" || target?.kind === "mx") {
    return all(
      deferred("4.4.4", "no way to the Internet is set: name a smart host with `qrelay hub route set '*' smtp://HOST`"),
    );
  }
  // Routing follows those to another address; one that is set after that waits for somebody to look.
  if (target?.kind !== "smtp")
    return all(deferred("4.3.5", `the route "${hop}" cannot be used: mend it with \`qrelay hub route set\``));
  const from = context.sourceAddress === undefined ? {} : { localAddress: context.sourceAddress };
  return sendSmtp(
    { host: unbracket(target.host), port: target.port, helo: context.host, ...from },
    envelope,
    open.size,
    () => open.message(),
    signal,
  );
}

function unbracket(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
