import type { Command } from "commander";
import { checkNode, type Finding, findingsText } from "#shared/cli/check-node.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { daemonAnswers } from "#shared/io/control.js";
import { aliasProblem, hiddenFrom } from "#spoke/alias-check.js";
import { OUTBOUND, spokeStore, spokeView } from "#spoke/node.js";
import { type Office, withOffice } from "./open-office.ts";

export function register(parent: Command, io: Io): void {
  const command = parent
    .command("check")
    .description("says everything that is wrong with this spoke, each with its cure");
  describe(command, ["qrelay spoke check"], [[EXIT.config, "something is wrong"]]);
  command.action(async () => {
    await withOffice(io, command, async (office) => {
      const { config, globals: g } = office;
      const store = spokeStore(config);
      const queues = ["sorting", OUTBOUND].map((name) => store.queue(name));
      const findings = [
        ...(await checkNode(config, queues, await daemonAnswers(config.dir))),
        ...checkOffice(office),
        ...checkAliases(office),
      ];
      answer(io, g, findingsText(findings), { findings });
      endWith(findings.length === 0 ? EXIT.done : EXIT.config);
    });
  });
}

function checkAliases({ config, directory }: Office): Finding[] {
  const view = spokeView(config, directory, Date.now);
  return directory.read(() =>
    directory.aliases.names().flatMap((name) => {
      const cure = `mend it with \`qrelay spoke alias set ${name}\`, or remove it`;
      const problems = [hiddenFrom(view, name), aliasProblem(view, name)].filter((one) => one !== undefined);
      return problems.map((problem) => ({ what: `alias ${name}`, says: `${problem}: ${cure}` }));
    }),
  );
}

function checkOffice({ config, directory }: Office): Finding[] {
  const findings: Finding[] = [];
  if (config.links.length === 0)
    findings.push({ what: "link", says: "there is no [[link]] in spoke.toml: nothing can leave the office" });
  if (directory.settings.get("peopleVersion") === undefined) return findings;
  for (const { name, listed } of directory.people.list()) {
    if (listed || name === "postmaster") continue;
    findings.push({
      what: `person ${name}`,
      says: `the hub does not know ${name}, who gets mail from this office only: add with \`qrelay hub person add ${name} --office ${config.office}\``,
    });
  }
  return findings;
}
