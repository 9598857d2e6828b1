import type { Command } from "commander";
import type { QueuePolicy } from "#hub/policies/policy.js";
import { policyLookup } from "#hub/policies/policy-book.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { policyDocument, settingLines, whoseMail } from "./policy-document.ts";
import { type PolicyOptions, readPolicy } from "./policy-options.ts";

/** `qrelay hub policy …`: how the queues treat mail of an account, a listener or a sender's domain. */
export function register(parent: Command, io: Io): void {
  const policy = parent
    .command("policy")
    .description(
      "How the queues treat mail of an account, a listener or a sender's domain: times, sizes, bounces, way out",
    );
  registerSet(policy, io);
  registerList(policy, io);
  registerShow(policy, io);
  registerRemove(policy, io);
}

function registerSet(parent: Command, io: Io): void {
  const set = parent
    .command("set")
    .argument("<name>")
    .description(
      "Makes or replaces a policy; what it leaves unsaid is hub.toml's. A message's account decides, else its listener, else its sender's domain",
    )
    .option("--account <address>", "mail of who has logged in so; may be repeated", collect, [])
    .option("--listener <listener>", "mail that comes by smtp, submission, qmtp or link; may be repeated", collect, [])
    .option("--sender-domain <domain>", "mail from a domain, or .suffix for all below it; may be repeated", collect, [])
    .option("--lifetime <time>", "how long it is tried before it bounces, like 10d")
    .option("--delay-notice <time>", "after this long its sender hears that it waits, or off")
    .option("--max-message <size>", "largest message, like 5m; limits.message holds as well")
    .option("--bounce-from <address>", "From of its bounces (their envelope sender stays empty)")
    .option("--double-bounce-to <address>", "who gets a bounce that cannot be delivered")
    .option("--concurrency <number>", "its deliveries to the Internet at once")
    .option("--source-address <ip>", "this machine's address from which it goes to the Internet")
    .option("--relay <destination>", "smtp://HOST[:PORT] for the Internet, where no route but * says where to");
  describe(
    set,
    [
      "qrelay hub policy set newsletter --sender-domain news.example.org --concurrency 2 --lifetime 1d --delay-notice off",
      "qrelay hub policy set press --account press@example.org --max-message 5m --relay smtp://192.0.2.9:25",
    ],
    [...COMMON_EXITS, [EXIT.cannotCreate, "another policy has this account, listener or domain"]],
  );
  set.action((name: string, options: PolicyOptions, command: Command) =>
    withHub(io, command, (hub) => {
      const wanted = readPolicy(name, options, policyLookup(hub.directory));
      sayPolicy(
        io,
        hub,
        hub.directory.transaction(() => hub.directory.policies.set(wanted)),
      );
    }),
  );
}

function registerList(parent: Command, io: Io): void {
  const list = parent.command("list").description("All policies");
  describe(list, ["qrelay hub policy list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const policies = hub.directory.policies.list();
      const rows = policies.map((one) => [one.name, whoseMail(one), settingLines(one).map(joined).join(", ")]);
      answer(io, hub.globals, table(rows, ["POLICY", "MAIL OF", "SAYS"]), { policies: policies.map(policyDocument) });
    }),
  );
}

function registerShow(parent: Command, io: Io): void {
  const show = parent.command("show").argument("<name>").description("One policy; what is not shown is hub.toml's");
  describe(show, ["qrelay hub policy show newsletter --json"], COMMON_EXITS);
  show.action((name: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const found = hub.directory.policies.get(name);
      if (found === undefined)
        throw new Failure(EXIT.badData, `There is no policy "${name}": see \`qrelay hub policy list\``);
      sayPolicy(io, hub, found);
    }),
  );
}

function registerRemove(parent: Command, io: Io): void {
  const remove = parent
    .command("remove")
    .argument("<name>")
    .description("Takes a policy away; its mail that waits is treated as all other mail from then on");
  describe(remove, ["qrelay hub policy remove newsletter"], COMMON_EXITS);
  remove.action((name: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      hub.directory.transaction(() => hub.directory.policies.remove(name));
      answer(io, hub.globals, `Removed the policy ${name}`, { name });
    }),
  );
}

function sayPolicy(io: Io, hub: Hub, policy: QueuePolicy): void {
  const rows: [string, string][] = [["policy", policy.name], ["mail of", whoseMail(policy)], ...settingLines(policy)];
  const lines = rows.map(([label, value]) => `${label.padEnd(18)}${value}`);
  answer(io, hub.globals, lines.join("\n"), policyDocument(policy));
}

function joined([label, value]: [string, string]): string {
  return `${label} ${value}`;
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
