import { isIP } from "node:net";
import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { momentInWords } from "#shared/cli/words.js";
import { isLoopback, permit } from "#shared/config/rules.js";
import type { Step } from "#spoke/decisions.js";
import { type Explanation, explanation, explanationLines } from "#spoke/explanation.js";
import { nextWindow } from "#spoke/look-ahead.js";
import { spokeView } from "#spoke/node.js";
import { type Client, explainAtSpoke } from "#spoke/routing.js";
import { type Office, withOffice } from "./open-office.ts";

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
      answer(io, office.globals, explanationLines(explained).join("\n"), explained);
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
  const now = new Date();
  const view = spokeView(config, directory, () => now.getTime());
  const decision = directory.read(() => explainAtSpoke(view, address, client));
  return explanation(view, address, sender, decision, linkStep(office, now));
}

/** When what waits for the hub leaves. */
function linkStep(office: Office, now: Date): Step {
  const { links } = office.config;
  if (links.length === 0)
    return { rule: "link", record: "none", says: "There is no [[link]] in spoke.toml: it waits until there is one" };
  const next = nextWindow(office, now);
  // Paused there, or another key: a window would change nothing.
  const refused = office.directory.journal.latest(1)[0]?.ended === "refused";
  const last = refused ? "; at the last one headquarters did not let us in" : "";
  if (next === undefined) {
    const names = links.map(({ name }) => name).join(", ");
    return { rule: "link", record: names, says: `No window is planned: it waits for \`qrelay spoke flush\`${last}` };
  }
  const when = next.at === undefined ? "is open now" : `opens ${momentInWords(next.at)}`;
  return { rule: "link", record: next.link, says: `It waits for the next window: ${next.link} ${when}${last}` };
}
