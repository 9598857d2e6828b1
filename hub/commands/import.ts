import { resolve } from "node:path";
import type { Command } from "commander";
import { hubStore } from "#hub/hub-store.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { printable } from "#shared/cli/io.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { type ImportFlags, importArguments, treeOptions } from "#shared/qmail/import-options.js";
import { problemLines } from "#shared/qmail/import-report.js";
import { importQmail } from "./import-qmail.ts";
import { importDocument, importText } from "./import-report.ts";
import { COMMON_EXITS, withHub } from "./open-hub.ts";

/** `qrelay hub import …`: what another mail system had, into the directory. */
export function register(parent: Command, io: Io): void {
  const load = parent.command("import").description("Takes over what another mail system had");
  const qmail = importArguments(load.command("qmail")).description(
    "Domains, offices with their waiting mail, people, aliases and routes of a qmail hub; all or nothing",
  );
  describe(
    qmail,
    [
      "qrelay hub import qmail /var/qmail --aliases /etc/aliases --passwd /etc/passwd --dry-run",
      "qrelay hub import qmail /var/qmail --rules smtp=/etc/tcp.smtp",
    ],
    [
      [EXIT.badData, "a line is wrong: nothing was imported"],
      [EXIT.tempFail, "some of the waiting mail could not be taken over"],
      ...COMMON_EXITS.filter(([code]) => code !== EXIT.badData),
    ],
  );
  qmail.action((dir: string, flags: ImportFlags, command: Command) =>
    withHub(io, command, async (hub) => {
      const done = await importQmail(hub, hubStore(hub.config, hub.directory), {
        ...treeOptions(flags),
        dir: resolve(dir),
        dryRun: flags.dryRun === true,
        keepMail: flags.keepMail === true,
      });
      answer(io, hub.globals, importText(done), importDocument(done));
      for (const line of problemLines(done)) io.err(`qrelay: ${printable(line)}\n`);
      if (done.problems.length > 0) endWith(EXIT.badData);
      if (done.adopted.some(({ left }) => left.length > 0)) endWith(EXIT.tempFail);
    }),
  );
}
