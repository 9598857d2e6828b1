import { type Command, Option } from "commander";
import { readStaffList, type StaffList } from "#hub/staff/staff-list.js";
import { formatOf, type ListFormat, readStaffRows } from "#hub/staff/staff-rows.js";
import { diffLines, diffSummary, formatStaffList } from "#hub/staff/staff-text.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith, Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { maildirOf } from "./change-person.ts";
import { COMMON_EXITS, withHub } from "./open-hub.ts";
import type { PersonContext } from "./person.ts";
import { readTextFile } from "./read-file.ts";
import { applyStaff, followStaff, planStaff, type StaffPlan } from "./sync-staff.ts";

/** `qrelay hub directory …`: all people at once. */
export function register(parent: Command, io: Io, context: PersonContext): void {
  const directory = parent.command("directory").description("All people at once, from and for another list of staff");
  registerSync(directory, io, context);
  registerExport(directory, io);
}

const ABOUT = `
FILE has the columns (CSV, the first line names them) or keys (JSON, an array of objects) name, office, full_name and
suspended (yes or no); the last two may be absent, and are then left as they are. Role addresses, virtual domains and
people whom only an office knows are not touched. Passwords and aliases stay as they are.`;

function registerSync(parent: Command, io: Io, { moveQueued }: PersonContext): void {
  const sync = parent
    .command("sync")
    .argument("<file>", "UTF-8; .csv (comma or semicolon) or .json")
    .description("Makes the directory equal to a list of staff, all of it or nothing; waiting mail follows who moves")
    .option("--dry-run", "shows what would change, changes nothing")
    .option("--force", "also when more than 10 people and more than 10 % of all would be removed")
    .addHelpText("after", ABOUT);
  describe(
    sync,
    ["qrelay hub directory sync staff.csv --dry-run", "qrelay hub directory sync staff.csv"],
    [
      [EXIT.badData, "the list cannot be used, or would remove suspiciously many people; nothing was changed"],
      [EXIT.cannotCreate, "aliases lead to people who are not in the list; nothing was changed"],
      [EXIT.tempFail, "waiting mail was not moved yet, or the directory changed meanwhile: give the command again"],
      [EXIT.config, "the configuration or the directory cannot be used"],
    ],
  );
  sync.action((file: string, options: { dryRun?: boolean; force?: boolean }, command: Command) =>
    withHub(io, command, async (hub) => {
      const list = await readList(io, file);
      const plan = planStaff(hub, list);
      refuseProblems(file, plan);
      const { diff } = plan;
      const suspicious = options.force === true ? undefined : plan.suspicion;
      const document = { dryRun: options.dryRun === true, people: list.people.length, ...diff };
      if (options.dryRun === true) {
        answer(io, hub.globals, [...diffLines(diff), `Would be done: ${diffSummary(diff)}`].join("\n"), document);
        if (suspicious === undefined) return;
        io.err(`qrelay: ${refusal(file, suspicious)}\n`);
        return endWith(EXIT.badData);
      }
      if (suspicious !== undefined) throw new Failure(EXIT.badData, refusal(file, suspicious));
      await applyStaff(hub, list, plan);
      const followed = await followStaff(hub, moveQueued);
      for (const { name, aliases } of followed.stale)
        io.err(`qrelay: these aliases still name ${name} at another office: ${aliases.join(", ")}\n`);
      const mail = followed.messages === 0 ? "" : `; moved ${followed.messages} waiting messages`;
      const gone = [...diff.moved.map(({ name, from }) => ({ name, office: from })), ...diff.removed];
      const kept = gone
        .filter(({ office }) => office === hub.config.office)
        .map(({ name }) => `The old mail of ${name} stays in ${maildirOf(hub, name)}`);
      const human = [...diffLines(diff), `Done: ${diffSummary(diff)}${mail}`, ...kept].join("\n");
      answer(io, hub.globals, human, { ...document, waitingMoved: followed.messages });
    }),
  );
}

async function readList(io: Io, file: string): Promise<StaffList> {
  const text = await readTextFile(file, "sync");
  const list = readStaffList(readStaffRows(text, formatOf(file, text)));
  if (list.unknown.length > 0) io.err(`qrelay: not read from ${file}: ${list.unknown.join(", ")}\n`);
  return list;
}

function refusal(file: string, suspicion: string): string {
  return `Cannot sync ${file}: ${suspicion}; nothing was changed. If that is right, give --force (--dry-run shows who)`;
}

/** As many as somebody mends in one round. */
const MAX_SHOWN = 1000;

function refuseProblems(file: string, { problems, held }: StaffPlan): void {
  const all = [...problems.map(({ line, text }) => `${file}:${line}: ${text}`), ...held];
  if (all.length === 0) return;
  const more = all.length > MAX_SHOWN ? [`and ${all.length - MAX_SHOWN} more`] : [];
  const text = [`Cannot sync ${file}: nothing was changed`, ...all.slice(0, MAX_SHOWN), ...more].join("\n");
  throw new Failure(problems.length > 0 ? EXIT.badData : EXIT.cannotCreate, text);
}

function registerExport(parent: Command, io: Io): void {
  const save = parent
    .command("export")
    .description("The people as a list that sync takes back")
    .addOption(new Option("--format <format>", "of the list").choices(["csv", "json"]));
  describe(save, ["qrelay hub directory export > staff.csv"], COMMON_EXITS);
  save.action((options: { format?: ListFormat }, command: Command) =>
    withHub(io, command, (hub) => {
      const format = options.format ?? (hub.globals.json ? "json" : "csv");
      io.out(formatStaffList(hub.directory.people.list(), format));
    }),
  );
}
