import { addressKey, splitAddress } from "#shared/mail/address.js";
import { storedTarget, targetProblem } from "#shared/mail/target.js";
import { completeAddress } from "#shared/qmail/complete-address.js";
import type { Instruction } from "#shared/qmail/dot-qmail.js";
import { forwardedBy, isFastforward, isTemplate } from "#shared/qmail/forward-command.js";
import { bad, type Line, noted, type Problem, told } from "#shared/qmail/lines.js";
import { collectNames, type NamedRecord, ownerOf, type WildcardRecord } from "#shared/qmail/named-records.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { SpokeDraft } from "./change.ts";
import { isInside, type OfficeGround } from "./office-ground.ts";

/** Aliases of the office, and lines that only sent on to headquarters: those are not needed any more. */
export function planNames(tree: QmailTree, users: ReadonlySet<string>, ground: OfficeGround, draft: SpokeDraft): void {
  const { records, wildcards, problems } = collectNames(tree, { users, names: new Map() }, ground.used);
  draft.tell(tree.aliases?.problems ?? []);
  draft.tell(problems);
  const named = new Map(records.map((one) => [one.name, one]));
  for (const record of records) planRecord(record, named, ground, draft);
  for (const wildcard of wildcards) for (const one of wildcard.instructions) planWildcard(wildcard, one, ground, draft);
}

function planRecord(
  record: NamedRecord,
  named: ReadonlyMap<string, NamedRecord>,
  ground: OfficeGround,
  draft: SpokeDraft,
): void {
  const { local, domain } = splitAddress(record.name);
  const name = domain === ground.host ? local : record.name;
  if (name === "" || name.includes("@")) {
    draft.tell([hostProblem(record, local, domain, ground)]);
    return;
  }
  const read = record.targets.map((target, index) => targetOf(record.places[index] ?? record, name, target, ground));
  draft.tell(read.flatMap((one) => (typeof one === "string" ? [] : [one])));
  const targets = [...new Set(read.flatMap((one) => (typeof one === "string" ? [one] : [])))];
  const [only] = targets;
  if (only === undefined) return;
  if (targets.length === 1 && read.length === 1) {
    const to = splitAddress(only);
    const same = addressKey(to.local) === name;
    if (same && to.domain === ground.host) {
      draft.carry(record, `${name} is a person of this office: no alias is needed`);
      return;
    }
    if (same && isInside(ground, to.domain)) {
      const says = `not needed any more: ${name} is not of this office, and the hub knows where she is`;
      draft.tell([noted(record, says, "nothing to do")]);
      return;
    }
  }
  if (name === "postmaster") {
    const says = "the office's postmaster has a mailbox here";
    draft.tell([told(record, says, `let ${targets.join(", ")} read it: \`qrelay spoke person password postmaster\``)]);
    return;
  }
  const words = ["qrelay", "spoke", "alias", "set", name, ...targets];
  draft.carry(record, `an alias of this office: ${targets.join(", ")}`, { where: "here", words });
  const owner = record.owner ?? ownerOf(record, named)?.name;
  if (owner === undefined) return;
  const cure = `make the list at headquarters: \`qrelay hub alias set ${name} TARGET --owner ${owner}\``;
  draft.tell([told(record, `its owner ${owner}: an alias of an office has none`, cure)]);
}

function hostProblem(record: NamedRecord, local: string, domain: string, ground: OfficeGround): Problem {
  if (local === "")
    return told(record, `every name at ${domain} that nobody has`, "name the addresses that are wanted");
  const says = ground.domains.includes(domain)
    ? "the organisation's: headquarters keeps its aliases"
    : `${domain} is not this office`;
  return told(record, says, `at headquarters \`qrelay hub alias set ${record.name} TARGET\``);
}

function targetOf(
  at: Line,
  name: string,
  target: NamedRecord["targets"][number],
  ground: OfficeGround,
): string | Problem {
  switch (target.kind) {
    case "address": {
      const address = storedTarget(completeAddress(target.address, ground.names));
      const wrong = targetProblem(address);
      return wrong === undefined
        ? address
        : bad(at, `target ${JSON.stringify(target.address)}: ${wrong}`, "write a plain address");
    }
    case "program": {
      const [only, ...more] = forwardedBy(target.command) ?? [];
      const address = only?.replaceAll("{LOCAL}", name);
      if (address !== undefined && more.length === 0 && !isTemplate(address))
        return storedTarget(completeAddress(address, ground.names));
      return told(
        at,
        `the program "${target.command}": programs run at headquarters only`,
        "leave it out, or set it there",
      );
    }
    case "include":
      return told(at, `the include "${target.path}"`, "`qrelay spoke alias set NAME` with the addresses in that file");
    case "file":
    case "maildir":
      return told(at, `the file "${target.path}", which no alias here writes`, "leave it out, or make a person of it");
    case "misread":
      return told(at, `|"${target.command}": newaliases misreads it, and qmail lost this mail`, "leave it out");
    default:
      return target satisfies never;
  }
}

function planWildcard({ begins }: WildcardRecord, one: Instruction, ground: OfficeGround, draft: SpokeDraft): void {
  const { does } = one;
  const which = begins === "" ? "every name that nobody here has" : `every name that begins with "${begins}"`;
  if (does.kind === "program" && isFastforward(does.command)) {
    draft.tell([noted(one, "fastforward: the aliases it looks up come from their own file", "nothing to do")]);
  } else if (begins === "" && sendsToHub(one, ground)) {
    const says =
      "not needed any more: in the organisation's domains, names that nobody here has go to the hub by themselves";
    draft.tell([noted(one, says, "nothing to do")]);
  } else
    draft.tell([
      told(
        one,
        `${which}, which an office does not catch`,
        "`qrelay spoke alias set NAME TARGET` for those that are wanted",
      ),
    ]);
}

/** `| forward ${LOCAL}@mailhub.example.org`, as the articles write it. */
function sendsToHub({ does }: Instruction, ground: OfficeGround): boolean {
  const [only, ...more] = (does.kind === "program" ? forwardedBy(does.command) : undefined) ?? [];
  if (only === undefined || more.length > 0) return false;
  const { local, domain } = splitAddress(completeAddress(only, ground.names));
  return /^\{(LOCAL|DEFAULT|EXT)\}$/.test(local) && isInside(ground, domain) && domain !== ground.host;
}
