import { isIP } from "node:net";
import type { Command } from "commander";
import { choosePolicy } from "#hub/policies/choose-policy.js";
import { selectorText } from "#hub/policies/policy.js";
import { policyLookup } from "#hub/policies/policy-book.js";
import type { Decision } from "#hub/routing/decision.js";
import { type ExplainedPolicy, explanation, explanationLines } from "#hub/routing/explain.js";
import { explainRecipient, type RoutingClient } from "#hub/routing/route.js";
import { findRoute, parseDestination } from "#hub/routing/route-table.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { permit } from "#shared/config/rules.js";
import { splitAddress } from "#shared/mail/address.js";
import { knownAnswers } from "./known-answers.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";

/** `qrelay hub explain ADDRESS`: where a recipient would go, and why; sends nothing. */
export function register(parent: Command, io: Io): void {
  const explain = parent
    .command("explain")
    .argument("<address>")
    .description("Every step of where this recipient would go and why; sends nothing")
    .option("--from <sender>", "envelope sender; '' for a bounce's; without it whoever may write")
    .option("--client <ip>", "as if this client sent it over SMTP (else one that may relay)")
    .option("--account <address>", "as if it came by submission from who has logged in so (for the policy)");
  describe(
    explain,
    ["qrelay hub explain holly@example.org", "qrelay hub explain x@example.net --client 192.0.2.1 --json"],
    [...COMMON_EXITS, [EXIT.usage, "the client is no address"]],
  );
  explain.action((address: string, options: { from?: string; client?: string; account?: string }, command: Command) =>
    withHub(io, command, async (hub) => {
      const { from = "" } = options;
      const sender = options.from === undefined ? {} : { sender: from };
      const client = { ...clientAt(hub, options.client), ...sender };
      const decision = hub.directory.read(() => explainRecipient(hub.view, address, client));
      const steps = [...decision.steps, ...(await knownAnswers(hub.config.dir, decision))];
      const policy = policyFor(hub, from, options.account);
      const explained = explanation(address, from, byRelay(hub, { ...decision, steps }, policy), policy);
      answer(io, hub.globals, explanationLines(explained).join("\n"), explained);
    }),
  );
}

function policyFor({ directory }: Hub, sender: string, account: string | undefined): ExplainedPolicy | undefined {
  const entrance =
    account === undefined ? ({ listener: "smtp" } as const) : ({ listener: "submission", account } as const);
  const chosen = directory.read(() => choosePolicy(policyLookup(directory), entrance, sender));
  return chosen && { name: chosen.policy, says: `chosen by ${selectorText(chosen.by)}` };
}

/** A policy's relay stands in for MX records and the smart host, as in delivery (`wayOut`). */
function byRelay(hub: Hub, decision: Decision, policy: ExplainedPolicy | undefined): Decision {
  const relay = policy === undefined ? undefined : hub.directory.policies.get(policy.name)?.relay;
  const next = relay === undefined ? undefined : parseDestination(relay);
  if (relay === undefined || policy === undefined || next?.kind !== "smtp") return decision;
  const destinations = decision.destinations.map((one) => {
    if (one.kind !== "internet" && one.kind !== "smtp") return one;
    const { local, domain } = splitAddress(one.recipient);
    const route = findRoute(local, domain, hub.view);
    if (route !== undefined && route.pattern !== "*") return one;
    const { sender, list, recipient } = one;
    const listed = { ...(sender === undefined ? {} : { sender }), ...(list === undefined ? {} : { list }) };
    return { kind: "smtp" as const, name: `${next.host}:${next.port}`, recipient, ...listed };
  });
  if (destinations.every((one, index) => one === decision.destinations[index])) return decision;
  const says = `its relay ${relay} stands in for MX records and the smart host`;
  const outcome = decision.outcome === "internet" ? "route" : decision.outcome;
  return {
    ...decision,
    outcome,
    destinations,
    steps: [...decision.steps, { rule: "policy", record: policy.name, says }],
  };
}

function clientAt(hub: Hub, ip: string | undefined): RoutingClient {
  if (ip === undefined) return { relay: true };
  if (isIP(ip) === 0) throw new Failure(EXIT.usage, `Cannot explain for the client "${ip}": wanted an IP address`);
  const { relay, office } = permit(hub.config.smtpRules, ip, { allow: true, relay: false });
  return { relay, ...(office === undefined ? {} : { office }) };
}
