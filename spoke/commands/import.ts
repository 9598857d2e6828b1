import { resolve } from "node:path";
import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { printable } from "#shared/cli/io.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { type ImportFlags, importArguments, treeOptions } from "#shared/qmail/import-options.js";
import { problemLines } from "#shared/qmail/import-report.js";
import { importQmail } from "./import-qmail.ts";
import { importDocument, importText } from "./import-report.ts";
import { withOffice } from "./open-office.ts";

/** `qrelay spoke import …`: what an office's old mail system had. */
export function register(parent: Command, io: Io): void {
  const load = parent.command("import").description("Takes over what another mail system had");
  const qmail = importArguments(load.command("qmail"))
    .option("--copy-mailboxes", "copies old mail of people of this office into their mailboxes; the old mail stays")
    .description(
      "The mail that waits for the hub in an office's qmail; for all else it prints what is to be done where",
    );
  describe(
    qmail,
    [
      "qrelay spoke import qmail /var/qmail --aliases /etc/aliases --passwd /etc/passwd --dry-run",
      "qrelay spoke import qmail /var/qmail --rules smtp=/etc/tcp.smtp",
    ],
    [
      [EXIT.badData, "a line is wrong, or it is the tree of another machine: nothing was imported"],
      [EXIT.tempFail, "some of the waiting mail could not be taken over"],
      [EXIT.config, "the configuration is wrong"],
    ],
  );
  qmail.action((dir: string, flags: ImportFlags & { copyMailboxes?: boolean }, command: Command) =>
    withOffice(io, command, async (office) => {
      const done = await importQmail(office, {
        ...treeOptions(flags),
        dir: resolve(dir),
        dryRun: flags.dryRun === true,
        keepMail: flags.keepMail === true,
        copyMailboxes: flags.copyMailboxes === true,
      });
      answer(io, office.globals, importText(done), importDocument(done));
      const all = { ...done, adopted: [...done.adopted, ...done.copied] };
      for (const line of problemLines(all)) io.err(`qrelay: ${printable(line)}\n`);
      if (done.problems.length > 0) endWith(EXIT.badData);
      if (all.adopted.some(({ left }) => left.length > 0)) endWith(EXIT.tempFail);
    }),
  );
}
