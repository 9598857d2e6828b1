import { join } from "node:path";
import type { Command } from "commander";
import { loadHubConfig } from "#hub/config.js";
import { type Directory, openDirectory } from "#hub/directory/directory.js";
import { hubStore, hubView, officeQueues } from "#hub/node.js";
import { routeRecipient } from "#hub/routing/route.js";
import { checkNode, type Finding, findingsText } from "#shared/cli/check-node.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { daemonAnswers } from "#shared/io/control.js";

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
      const queues = ["sorting", "internet", ...officeQueues(directory)].map((name) => store.queue(name));
      const findings = [
        ...(await checkNode(config, queues, await daemonAnswers(config.dir))),
        ...checkDirectory(directory, hubView({ config, directory })),
      ];
      answer(io, g, findingsText(findings), { findings });
      endWith(findings.length === 0 ? EXIT.done : EXIT.config);
    } finally {
      directory.close();
    }
  });
}

/** Aliases that have stopped leading anywhere, and mail for the Internet that has no way out. */
function checkDirectory(directory: Directory, view: ReturnType<typeof hubView>): Finding[] {
  const findings: Finding[] = [];
  if (directory.routes.get("*") === undefined) {
    findings.push({
      what: "routes",
      says: "mail for the Internet has no way out: name a smart host with `qrelay hub route set '*' smtp://HOST`",
    });
  }
  for (const { name } of directory.aliases.list()) {
    const decision = routeRecipient(view, name.includes("@") ? name : `${name}@${view.domain}`, { relay: true });
    const problems =
      decision.text === undefined
        ? decision.problems.map(({ recipient, text }) => `${recipient}: ${text}`)
        : [decision.text];
    for (const problem of problems)
      findings.push({ what: `alias ${name}`, says: `${problem}: mend it with \`qrelay hub alias set\`` });
  }
  return findings;
}
