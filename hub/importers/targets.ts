import { includePathProblem, includeTarget } from "#hub/routing/include-target.js";
import { splitAddress } from "#shared/mail/address.js";
import { storedTarget, targetProblem } from "#shared/mail/target.js";
import { ALIAS_USER } from "#shared/qmail/accounts.js";
import type { AliasTarget } from "#shared/qmail/alias-text.js";
import { completeAddress } from "#shared/qmail/complete-address.js";
import type { Instruction } from "#shared/qmail/dot-qmail.js";
import { forwardedBy, isTemplate } from "#shared/qmail/forward-command.js";
import { bad, type Line, type Problem, told } from "#shared/qmail/lines.js";
import type { Ground } from "./ground.ts";

/** What an old target becomes: targets as the directory stores them, `|COMMAND` among them, or why it becomes none. */
export type Targets = readonly string[] | Problem;

/**
 * The target of an alias or of a dot-qmail file.
 *
 * @param parts of the recipient, where it is known: what `forward` in a dot-qmail file is given
 */
export function targetsOf(
  at: Line,
  target: AliasTarget | Instruction["does"],
  ground: Ground,
  parts?: { readonly local: string; readonly user: string },
): Targets {
  switch (target.kind) {
    case "address": {
      const one = storedAddress(target.address, ground);
      const wrong = targetProblem(one);
      return wrong === undefined
        ? [one]
        : bad(at, `target ${JSON.stringify(target.address)}: ${wrong}`, "write a plain address");
    }
    case "program":
      return forwarded(target.command, ground, parts) ?? programOf(at, target.command, ground);
    case "include":
      return includeOf(at, target.path, ground);
    case "file":
      return told(at, `the file "${target.path}", which no alias here writes`, ELSEWHERE);
    case "maildir":
      return told(
        at,
        `the Maildir "${target.path}", which no alias here writes`,
        "make a person of it, and send it there",
      );
    case "misread":
      return told(at, `|"${target.command}": newaliases misreads it, and qmail lost this mail`, ELSEWHERE);
    default:
      return target satisfies never;
  }
}

/** fastforward reads FILE.bin, which newinclude makes of FILE; here the text counts. */
function includeOf(at: Line, path: string, { view }: Ground): Targets {
  const wrong = includePathProblem(path);
  const included = wrong === undefined ? view.include(path) : { problem: wrong };
  if (!("problem" in included)) return [includeTarget(path)];
  const cure = `put the text there, which \`printmaillist < ${path}.bin\` prints if only that is left, then import again`;
  return told(
    at,
    `the include "${path}": ${included.problem}`,
    wrong === undefined ? cure : "name it from the root on",
  );
}

const ELSEWHERE = "leave it out, or make a mailbox and read it from there";

/** As an alias or an instruction has it; a name that qmail completed with its own is a name in our own domains. */
export function storedAddress(address: string, ground: Ground): string {
  const full = completeAddress(address, ground.names);
  const { local, domain } = splitAddress(full);
  const bare = !address.includes("@") && ground.placeOf(domain).kind === "own";
  return storedTarget(bare ? local : full);
}

function programOf(at: Line, command: string, { view }: Ground): Targets {
  return view.programs
    ? [`|${command}`]
    : told(at, `the program "${command}"`, "set programs.allow in hub.toml first, then import again");
}

/** `forward` does what a target does, where all that it is given is known. */
function forwarded(
  command: string,
  ground: Ground,
  parts: { readonly local: string; readonly user: string } | undefined,
): readonly string[] | undefined {
  const addresses = forwardedBy(command)?.map((one) => filled(one, parts));
  if (addresses === undefined || addresses.some((one) => isTemplate(one))) return undefined;
  const stored = addresses.map((one) => storedAddress(one, ground));
  return stored.every((one) => targetProblem(one) === undefined) ? stored : undefined;
}

function filled(address: string, parts: { readonly local: string; readonly user: string } | undefined): string {
  if (parts === undefined) return address;
  const { local, user } = parts;
  const extension = user === ALIAS_USER ? local : local.slice(user.length + 1);
  return address.replaceAll("{LOCAL}", local).replaceAll("{EXT}", extension);
}
