import { officeNameProblem, prefixProblem } from "#hub/directory/names.js";
import type { Instruction } from "#shared/qmail/dot-qmail.js";
import { bad, told } from "#shared/qmail/lines.js";
import type { VirtualDomain } from "#shared/qmail/virtual-domains.js";
import type { HubDraft } from "./change.ts";
import type { Ground } from "./ground.ts";

/** `herat.example.org:qrelay-herat`: a stock qmail office, with the mail that waits for it. @param maildir absolute */
export function planOffice(
  line: VirtualDomain,
  host: string,
  maildir: string | undefined,
  ground: Ground,
  draft: HubDraft,
): void {
  const known = ground.view.officeByHost(host);
  const name = known?.name ?? officeName(line.prepend, host);
  const prefix = `${line.prepend}-`;
  const problem = officeNameProblem(name) ?? prefixProblem(prefix);
  if (problem !== undefined) {
    draft.tell([bad(line, problem, "make the office by hand: `qrelay hub office add NAME --host HOST`")]);
    return;
  }
  ground.offices.set(host, { name, host, paused: false, prefix });
  // It may have left qmail since: then a prefix would make a stock office of it again.
  if (known !== undefined) draft.carry(line, `office ${name}, which is there already: its settings stay`);
  else {
    const change = { kind: "office", name, host, prefix } as const;
    draft.carry(line, `office ${name}, a stock qmail one: mail for ${host} waits in its queue`, change);
  }
  if (maildir !== undefined) draft.adopt({ at: line, maildir, prefix });
  else {
    const user = line.prepend.split("-")[0] ?? line.prepend;
    const says = `its dot-qmail file was not found: taken for an office by its name, and mail that waits for it stays where it is`;
    draft.tell([told(line, says, `say where the file is: --home ${user}=FOLDER`)]);
  }
}

export function tellOthers(instructions: readonly Instruction[], draft: HubDraft): void {
  for (const one of instructions) {
    if (one.does.kind === "maildir") draft.carry(one, "the office's queue");
    else {
      const says = "beside the Maildir of an office: nothing here does this as well";
      draft.tell([told(one, says, "see hub/CONFIG.md for what can be set")]);
    }
  }
}

/** `qrelay-herat` for `herat.example.org`. */
export function looksLikeStar(prepend: string, host: string, domain: string): boolean {
  const [label = ""] = host.split(".");
  return prepend.toLowerCase().endsWith(`-${label}`) && host.endsWith(`.${domain}`);
}

/** As the prefix has it; `qrelay-herat` is herat. */
function officeName(prepend: string, host: string): string {
  const [label = ""] = host.split(".");
  const dash = prepend.indexOf("-");
  const named = dash < 0 ? label : prepend.slice(dash + 1).toLowerCase();
  return officeNameProblem(named) === undefined ? named : label;
}
