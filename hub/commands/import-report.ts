import type { Change, HubPlan } from "#hub/importers/change.js";
import { counted, reportDocument, reportText, summaryOf } from "#shared/qmail/import-report.js";
import type { HubImport } from "./import-qmail.ts";

/** The document of `import qmail --json`; scripts read it, so its keys stay. */
export function importDocument(done: HubImport) {
  return { ...reportDocument(done), counts: counts(done.plan) };
}

/** For people: a row for each line, then what is left to do. */
export function importText(done: HubImport): string {
  const { domain, office, person, alias, instructions, route } = counts(done.plan);
  const all = [
    counted(domain, "domain", "domains"),
    counted(office, "office", "offices"),
    counted(person, "person", "people"),
    counted(alias, "alias", "aliases"),
    counted(instructions, "record of instructions", "records of instructions"),
    counted(route, "route", "routes"),
  ];
  return reportText(done, "hub.toml", [], summaryOf(done, all.join(", ")));
}

function counts({ changes }: HubPlan): Record<Change["kind"], number> {
  const found = { domain: 0, office: 0, person: 0, alias: 0, instructions: 0, route: 0 };
  for (const { change } of changes) found[change.kind] += 1;
  return found;
}
