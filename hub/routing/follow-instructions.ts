import { extendedName, type FoundInstructions, type Instruction } from "#shared/mail/instructions.js";
import { deferred, type Found, together } from "./decision.ts";
import type { AtHome, OwnName } from "./home-choice.ts";
import { toPerson } from "./to-person.ts";
import { toProgram } from "./to-program.ts";
import { note, seenAlready, tooFar, type Walk } from "./walk.ts";

/**
 * What a person wants done with mail for a name of hers. Where a program is among it, its exit code decides what becomes of the
 * rest: then all of it is one place, where it is done in order.
 */
export function followInstructions(
  walk: Walk,
  { person, extension = "" }: AtHome & { kind: "person" },
  { record, instructions, rest }: FoundInstructions,
  own: OwnName,
  depth: number,
): Found {
  const key = extendedName(person.name, record);
  const address = `${own.name}@${own.domain}`;
  const visited = `instructions of ${key}`;
  const seen = seenAlready(walk, visited);
  if (seen !== undefined) return seen;
  note(walk, "instructions", key, instructions.map(inWords).join(", "));
  if (instructions.some(({ kind }) => kind === "program"))
    return toProgram(walk, visited, address, { instructions, person: person.name, extension, rest });
  const far = tooFar(walk, "instructions", key, instructions.length, depth);
  if (far !== undefined) return deferred(address, "4.3.5", `the ${visited} lead ${far}`);
  const follow = (): Found[] =>
    instructions.map((one) =>
      one.kind === "forward" ? walk.follow(walk, one.address, depth + 1) : toPerson(walk, person),
    );
  // Two people who forward to each other: the mail stays with the one it was for.
  const circular = (): Found => {
    note(walk, "instructions", key, "lead only back to her: into her mailbox");
    return toPerson(walk, person);
  };
  return walk.circles.follow(visited, () => together(follow()), circular);
}

function inWords(one: Instruction): string {
  if (one.kind === "mailbox") return "keep it in the mailbox";
  return one.kind === "forward" ? `forward it to ${one.address}` : `run ${one.command}`;
}
