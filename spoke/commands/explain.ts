import { isIP } from "node:net";
import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { isLoopback, permit } from "#shared/config/rules.js";
import { splitAddress } from "#shared/mail/address.js";
import { hasOwnPeople } from "#spoke/known-name.js";
import { spokeView } from "#spoke/node.js";
import { type Client, isInside, routeAtSpoke, type Step } from "#spoke/routing.js";
import { type Office, withOffice } from "./open-office.ts";

/** The document of `explain --json`; scripts read it, so its keys stay. */
interface Explanation {
  readonly address: string;
  readonly outcome: "mailbox" | "office" | "internet" | "several" | "refused";
  readonly status?: string;
  readonly text?: string;
  readonly sender: string;
  readonly destinations: readonly { readonly kind: string; readonly name: string; readonly recipient: string }[];
  readonly problems?: readonly { readonly recipient: string; readonly status: string; readonly text: string }[];
  readonly steps: readonly Step[];
}

/** `qrelay spoke explain ADDRESS`: where a recipient would go from this office, and why; sends nothing. */
export function register(parent: Command, io: Io): void {
  const explain = parent
    .command("explain")
    .argument("<address>")
    .description("Every step of where this recipient would go and why; sends nothing")
    .option("--from <sender>", "envelope sender", "")
    .option("--client <ip>", "as if this client sent it (else one that may relay)");
  describe(explain, ["qrelay spoke explain holly@example.org --json"], [[EXIT.config, "the configuration is wrong"]]);
  explain.action((address: string, options: { from: string; client?: string }, command: Command) =>
    withOffice(io, command, (office) => {
      const client = clientFor(office, options.client);
      const explained = explainAddress(office, address, options.from, client);
      answer(io, office.globals, lines(explained).join("\n"), explained);
    }),
  );
}

/** As the SMTP listener sees it; a client that may not even connect is told so. */
function clientFor({ config }: Office, ip: string | undefined): Client {
  if (ip === undefined) return { relay: true };
  if (isIP(ip) === 0) throw new Failure(EXIT.usage, `Cannot explain for client "${ip}": wanted an IP address`);
  const { allow, relay } = permit(config.smtpRules, ip, { allow: true, relay: isLoopback(ip) });
  if (!allow) throw new Failure(EXIT.notPermitted, `Client ${ip} may not connect: a [[smtp.rule]] has allow = false`);
  return { relay };
}

function explainAddress(office: Office, address: string, sender: string, client: Client): Explanation {
  const { config, directory } = office;
  const view = spokeView(config, directory, Date.now);
  const decision = routeAtSpoke(view, address, client);
  const { domain } = splitAddress(address);
  const names = view.names();
  const inside = isInside(config, domain) || (names !== undefined && hasOwnPeople(names, domain));
  const beyond = inside ? "office" : "internet";
  return {
    address,
    outcome: decision.outcome === "outbound" ? beyond : decision.outcome,
    ...(decision.status === undefined ? {} : { status: decision.status }),
    ...(decision.text === undefined ? {} : { text: decision.text }),
    sender,
    destinations: decision.destinations.map((one) => ({ ...one, kind: one.kind === "outbound" ? beyond : one.kind })),
    ...(decision.problems === undefined ? {} : { problems: decision.problems }),
    steps: decision.steps,
  };
}

function lines(explained: Explanation): string[] {
  const verdict = [explained.outcome, explained.status, explained.text].filter((part) => part !== undefined).join(" ");
  return [
    `${explained.address}: ${verdict}`,
    ...explained.destinations.map((one) => `  to ${one.recipient} (${one.kind} ${one.name})`),
    ...(explained.problems ?? []).map((one) => `  refused ${one.recipient}: ${one.status} ${one.text}`),
    ...explained.steps.map((step, index) => `  ${index + 1}. ${step.rule} ${step.record}: ${step.says}`),
  ];
}
