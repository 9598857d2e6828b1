import { join } from "node:path";
import type { Command } from "commander";
import { type HubConfig, loadHubConfig } from "#hub/config.js";
import { type Directory, openDirectory } from "#hub/directory/directory.js";
import { hubQueues, hubStore, hubView } from "#hub/hub-store.js";
import { directoryProblems } from "#hub/routing/directory-problems.js";
import { checkNode, type Finding, findingsText } from "#shared/cli/check-node.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { daemonAnswers } from "#shared/io/control.js";
import { checkPolicies } from "./check-policies.ts";

export function register(parent: Command, io: Io): void {
  const command = parent
    .command("check")
    .description("says everything that is wrong with this hub, each with its cure");
  describe(command, ["qrelay hub check"], [[EXIT.config, "something is wrong"]]);
  command.action(async () => {
    const g = globals(command);
    const config = loadHubConfig(dataFolder(io, g, "hub"));
    const directory = openDirectory(join(config.dir, "directory.db"));
    try {
      const store = hubStore(config, directory);
      const queues = hubQueues(store, directory).map((name) => store.queue(name));
      const findings = [
        ...(await checkNode(config, queues, await daemonAnswers(config.dir))),
        ...checkRules(directory, config),
        ...checkDirectory(directory, hubView({ config, directory })),
        ...(await checkPolicies(config, directory, hubView({ config, directory }))),
      ];
      answer(io, g, findingsText(findings), { findings });
      endWith(findings.length === 0 ? EXIT.done : EXIT.config);
    } finally {
      directory.close();
    }
  });
}

/** Rules that count a client as an office: of one that is not there its mail would be judged as a stranger's. */
function checkRules({ offices }: Directory, { smtpRules, qmtpRules }: HubConfig): Finding[] {
  const named = { "smtp.rule": smtpRules, "qmtp.rule": qmtpRules };
  return Object.entries(named).flatMap(([key, { fixed, lan }]) =>
    [...fixed.map(({ rule }) => rule), ...lan].flatMap(({ office, from }) =>
      office === undefined || offices.get(office) !== undefined
        ? []
        : [
            {
              what: `[[${key}]]`,
              says: `the rule from ${from} names the office ${office}, which is not there: mend it in hub.toml, or \`qrelay hub office add ${office}\``,
            },
          ],
    ),
  );
}

function checkDirectory(directory: Directory, view: ReturnType<typeof hubView>): Finding[] {
  const noWay = {
    what: "routes",
    says: "mail for the Internet has no way out: name a smart host with `qrelay hub route set '*' smtp://HOST`",
  };
  const tables = {
    aliases: directory.aliases.list().map(({ name }) => name),
    routes: directory.routes.list(),
    domains: directory.domains.synonyms(),
    instructions: directory.instructions.list(),
  };
  return [...(directory.routes.get("*") === undefined ? [noWay] : []), ...directoryProblems(view, tables)];
}
