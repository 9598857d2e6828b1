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
}

export async function deliverToInternet(
  context: InternetContext,
  open: OpenEntry,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { envelope } = open.head;
  const sender = envelope.sender === DOUBLE_BOUNCE_SENDER ? "" : envelope.sender;
  const hops = new Map<string, { recipient: Recipient; index: number }[]>();
  envelope.recipients.forEach((recipient, index) => {
    const { local, domain } = splitAddress(recipient.address);
    const hop = findRoute(local, domain, context.routes)?.destination ?? "";
    hops.set(hop, [...(hops.get(hop) ?? []), { recipient, index }]);
  });
  const outcomes: Outcome[] = [];
  for (const [hop, group] of hops) {
    const part = forRecipients(
      { ...envelope, sender },
      group.map(({ recipient }) => recipient),
    );
    const results = await toHop(context, hop, part, open, signal);
    group.forEach(({ index }, at) => {
      outcomes[index] = results[at] ?? deferred("4.3.0", "no outcome came for this recipient");
    });
  }
  return outcomes;
}

async function toHop(
  context: InternetContext,
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
  return sendSmtp(
    { host: unbracket(target.host), port: target.port, helo: context.host },
    envelope,
    open.size,
    () => open.message(),
    signal,
  );
}

function unbracket(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
