import { counted, reportDocument, reportText, summaryOf } from "#shared/qmail/import-report.js";
import { type Command, written } from "#spoke/importers/change.js";
import type { SpokeImport } from "./import-qmail.ts";

/** The document of `import qmail --json`; scripts read it, so its keys stay. */
export function importDocument(done: SpokeImport) {
  const { copied, mailboxes } = done;
  return {
    ...reportDocument(done),
    commands: { hub: commandsAt(done, "hub"), here: commandsAt(done, "here") },
    mailboxes,
    copied,
  };
}

/** For people: a row for each line, then what is left to do, where. */
export function importText(done: SpokeImport): string {
  const [hub, here] = [commandsAt(done, "hub"), commandsAt(done, "here")];
  const more = [
    section("Run at headquarters, for those whom it has not posted here yet:", hub),
    section("Run here, for the aliases of this office:", here),
    mailboxLines(done).join("\n"),
  ];
  const waiting = done.plan.waiting.length;
  const all = [
    counted(waiting, "outbound queue", "outbound queues"),
    counted(hub.length, "command for headquarters", "commands for headquarters"),
    counted(here.length, "command for this office", "commands for this office"),
  ];
  return reportText(done, "spoke.toml", more, summaryOf(done, all.join(", ")));
}

function commandsAt({ plan }: SpokeImport, where: Command["where"]): string[] {
  return plan.changes.flatMap(({ change }) => (change.where === where ? [written(change)] : []));
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [title, "", ...lines].join("\n");
}

function mailboxLines({ mailboxes, copied }: SpokeImport): string[] {
  return mailboxes
    .filter(({ messages }) => messages > 0)
    .map(({ name, maildir, messages, here }) => {
      const copy = copied.find((one) => one.name === name);
      const stay = `${counted(messages, "message", "messages")} of ${name} ${messages === 1 ? "stays" : "stay"} in ${maildir}`;
      if (copy !== undefined) return `${stay}, and ${copy.taken} of them are in the mailbox of ${name} here as well`;
      const when = here ? "" : `when headquarters has posted ${name} here, `;
      return `${stay}; ${when}--copy-mailboxes puts a copy into the mailbox`;
    });
}
