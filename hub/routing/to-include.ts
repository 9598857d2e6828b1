import { addressKey } from "#shared/mail/address.js";
import { deferred, type Found, together } from "./decision.ts";
import { chooseAtHome, type OwnName } from "./home-choice.ts";
import { includePath, includesOf, includeTarget, isInclude } from "./include-target.ts";
import type { DirectoryView } from "./view.ts";
import { note, seenAlready, tooFar, type Walk } from "./walk.ts";

/**
 * The addresses in a file, as if they were targets of the alias. A file that cannot be used is a deferral for itself alone,
 * under an address of its own: `staff/srv/lists/staff.txt@example.org`. With the alias's address instead, everybody
 * else on the list would get the message again with each try.
 *
 * @param own the alias as it was written to
 */
export function followInclude(walk: Walk, own: OwnName, path: string, depth: number): Found {
  const record = includeTarget(path);
  const seen = seenAlready(walk, record);
  if (seen !== undefined) return seen;
  const later = (says: string, text: string): Found => {
    note(walk, "include", path, says);
    return deferred(`${own.name}${path}@${own.domain}`, "4.3.5", `${text}: ask the postmaster`);
  };
  const included = walk.view.include(path);
  // What is wrong may quote the file, which is nobody's business but the administrator's.
  if ("problem" in included) return later(included.problem, `the include ${path} cannot be used`);
  const { entries } = included;
  note(walk, "include", path, `holds ${entries.length} ${entries.length === 1 ? "address" : "addresses"}`);
  const far = tooFar(walk, "include", path, entries.filter(({ target }) => !isInclude(target)).length, depth);
  if (far !== undefined) return later(`leads ${far}`, `the include ${path} leads too far`);
  const follow = (): Found[] =>
    entries.map(({ target }) => {
      const nested = includePath(target);
      return nested === undefined ? walk.follow(walk, target, depth + 1) : followInclude(walk, own, nested, depth + 1);
    });
  const circular = (): Found => later("leads only to itself", `the include ${path} leads only to itself`);
  return walk.circles.follow(record, () => together(follow()), circular);
}

/** What is left of an alias when a file of its could not be used. */
export interface IncludedPart {
  readonly alias: string;
  /** The alias as it was written to. */
  readonly own: OwnName;
  /** More than one where they differ only in case, which addresses do not keep. */
  readonly paths: readonly string[];
}

/** No other name of ours has a slash in it but behind a wildcard, which is asked when no alias includes such a file. */
export function partAtHome(view: DirectoryView, { name, local, domain }: OwnName): IncludedPart | undefined {
  const slash = name.indexOf("/");
  if (slash <= 0) return undefined;
  const own = { name: name.slice(0, slash), local: local.slice(0, local.indexOf("/")), domain };
  const choice = chooseAtHome(view, own);
  if (choice?.kind !== "alias") return undefined;
  const paths = includesOf(view, choice.key).filter((path) => addressKey(path) === name.slice(slash));
  return paths.length === 0 ? undefined : { alias: choice.key, own, paths };
}
