import type { Directory } from "#hub/directory/directory.js";
import { type ChangedPassword, parseStatement } from "#shared/link/office-statement.js";
import { delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { diskTrouble } from "#shared/queue/disk-trouble.js";

export interface StatementContext {
  readonly directory: Directory;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Takes what an office says of itself, all of it or nothing. An office speaks for its own people only: what it says of others
 * (she has moved meanwhile) is left out.
 */
export function takeStatement(context: StatementContext, office: string, content: Uint8Array): Outcome {
  const { directory, log, now } = context;
  const parsed = parseStatement(content);
  if ("problem" in parsed) {
    log("directory-update", { list: "statement", office, outcome: "refused", text: parsed.problem });
    return failed("5.5.2", parsed.problem);
  }
  const { at, passwords, aliases } = parsed.statement;
  // An office's clock may stand in 1970: how long ago it was is all that it can tell.
  const byOurClock = (theirs: number): number => now() - Math.max(0, at - theirs);
  try {
    const taken = directory.transaction(() => {
      // They are final at its host, so an office can speak for nobody but itself.
      if (aliases !== undefined) directory.officeNames.replace(office, aliases);
      return passwords.filter((one) => takePassword(directory, office, one, byOurClock(one.at)));
    });
    const names = aliases === undefined ? {} : { names: aliases.length };
    log("directory-update", { list: "statement", office, people: taken.length, ...names });
    return delivered(`${taken.length} of ${passwords.length} passwords taken over`);
  } catch (error) {
    return diskTrouble(error);
  }
}

/** Of two that were changed at both ends the newest wins. The office hears of either with its next list of people. */
function takePassword(
  { people }: Directory,
  office: string,
  { name, hash }: ChangedPassword,
  changedAt: number,
): boolean {
  const person = people.get(name);
  if (person?.office !== office) return false;
  const newer = changedAt > (person.passwordAt ?? Number.NEGATIVE_INFINITY);
  if (newer) people.setPassword(name, hash, changedAt);
  else people.setPassword(name, person.passwordHash, person.passwordAt);
  return newer;
}
