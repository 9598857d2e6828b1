import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { hubStore } from "#hub/hub-store.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith, Failure } from "#shared/cli/failure.js";
import { printable } from "#shared/cli/io.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import type { Service } from "#shared/qmail/access-rule.js";
import { importQmail } from "./import-qmail.ts";
import { importDocument, importText, problemLines } from "./import-report.ts";
import { COMMON_EXITS, withHub } from "./open-hub.ts";

interface ImportOptions {
  aliases?: string;
  rules: { service: Service; file: string }[];
  home: Map<string, string>;
  dryRun?: boolean;
  keepMail?: boolean;
}

/** `qrelay hub import …`: what another mail system had, into the directory. */
export function register(parent: Command, io: Io): void {
  const load = parent.command("import").description("Takes over what another mail system had");
  const qmail = load
    .command("qmail")
    .argument("<dir>", "a folder like /var/qmail: control/, users/assign, alias/, aliases, etc/*.rules")
    .description("Domains, offices with their waiting mail, people, aliases and routes of a qmail hub; all or nothing")
    .option("--aliases <file>", "the alias file, or a compiled .cdb (else DIR/aliases)")
    .addOption(
      new Option("--rules <service=file>", "tcprules or hosts.allow lines for smtp or qmtp; may be repeated")
        .argParser(collectRules)
        .default([], "DIR/etc/*.rules"),
    )
    .addOption(
      new Option("--home <user=folder>", "where the dot-qmail files of an account are; may be repeated")
        .argParser(collectHomes)
        .default(new Map(), "as users/assign says, or DIR/USER"),
    )
    .option("--keep-mail", "leaves the mail that waits in the old Maildirs where it is")
    .option("--dry-run", "prints what each line becomes, and changes nothing");
  describe(
    qmail,
    [
      "qrelay hub import qmail /var/qmail --aliases /etc/aliases --dry-run",
      "qrelay hub import qmail /var/qmail --rules smtp=/etc/tcp.smtp",
    ],
    [
      [EXIT.badData, "a line is wrong: nothing was imported"],
      [EXIT.tempFail, "some of the waiting mail could not be taken over"],
      ...COMMON_EXITS.filter(([code]) => code !== EXIT.badData),
    ],
  );
  qmail.action((dir: string, options: ImportOptions, command: Command) =>
    withHub(io, command, async (hub) => {
      const done = await importQmail(hub, hubStore(hub.config, hub.directory), {
        dir: resolve(dir),
        ...(options.aliases === undefined ? {} : { aliases: options.aliases }),
        rules: options.rules,
        homes: options.home,
        dryRun: options.dryRun === true,
        keepMail: options.keepMail === true,
      });
      answer(io, hub.globals, importText(done), importDocument(done));
      for (const line of problemLines(done)) io.err(`qrelay: ${printable(line)}\n`);
      if (done.problems.length > 0) endWith(EXIT.badData);
      if (done.adopted.some(({ left }) => left.length > 0)) endWith(EXIT.tempFail);
    }),
  );
}

function collectRules(value: string, before: ImportOptions["rules"]): ImportOptions["rules"] {
  const [, service, file = ""] = /^(smtp|qmtp)=(.+)$/.exec(value) ?? [];
  if (service !== "smtp" && service !== "qmtp")
    throw new Failure(EXIT.usage, `Cannot use --rules "${value}": wanted smtp=FILE or qmtp=FILE`);
  return [...before, { service, file }];
}

function collectHomes(value: string, before: ImportOptions["home"]): ImportOptions["home"] {
  const [, user = "", folder = ""] = /^([^=]+)=(.+)$/.exec(value) ?? [];
  if (user === "") throw new Failure(EXIT.usage, `Cannot use --home "${value}": wanted USER=FOLDER`);
  return new Map([...before, [user, resolve(folder)]]);
}
