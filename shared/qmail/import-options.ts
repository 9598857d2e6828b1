import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import type { Service } from "./access-rule.ts";
import type { TreeOptions } from "./read-tree.ts";

/** What `import qmail` takes at hub and spoke. */
export interface ImportFlags {
  aliases?: string;
  passwd?: string;
  rules: { service: Service; file: string }[];
  home: Map<string, string>;
  dryRun?: boolean;
  keepMail?: boolean;
}

/** Adds the folder and the options that hub and spoke have in common. */
export function importArguments(command: Command): Command {
  return command
    .argument("<dir>", "a folder like /var/qmail: control/, users/assign, alias/, aliases, etc/*.rules")
    .option("--aliases <file>", "the alias file, or a compiled .cdb (else DIR/aliases)")
    .option("--passwd <file>", "the machine's accounts, such as /etc/passwd (else only those of users/assign)")
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
}

export function treeOptions({ aliases, passwd, rules, home }: ImportFlags): TreeOptions {
  return {
    ...(aliases === undefined ? {} : { aliases }),
    ...(passwd === undefined ? {} : { passwd }),
    rules,
    homes: home,
  };
}

function collectRules(value: string, before: ImportFlags["rules"]): ImportFlags["rules"] {
  const [, service, file = ""] = /^(smtp|qmtp)=(.+)$/.exec(value) ?? [];
  if (service !== "smtp" && service !== "qmtp")
    throw new Failure(EXIT.usage, `Cannot use --rules "${value}": wanted smtp=FILE or qmtp=FILE`);
  return [...before, { service, file }];
}

function collectHomes(value: string, before: ImportFlags["home"]): ImportFlags["home"] {
  const [, user = "", folder = ""] = /^([^=]+)=(.+)$/.exec(value) ?? [];
  if (user === "") throw new Failure(EXIT.usage, `Cannot use --home "${value}": wanted USER=FOLDER`);
  return new Map([...before, [user, resolve(folder)]]);
}
