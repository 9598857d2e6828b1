import { addressProblem, canonicalDomain, isDomain, splitAddress } from "./address.ts";

/** Longer than any address that SMTP can carry (RFC 5321 §4.5.3.1.3 counts 256 with the brackets). */
const MAX_TARGET = 320;

/**
 * Why this text may not be an address that mail goes on to, or undefined. Files, programs and includes are what sendmail's and
 * qmail's alias files can also hold: whoever lets them in asks for them first, so that no other text ever runs or names a file.
 */
export function targetProblem(target: string): string | undefined {
  if (target === "") return "the target is empty";
  const problem = addressProblem(target, MAX_TARGET);
  if (problem !== undefined) return problem;
  const bare = target.replace(/^["\\]+/, "");
  if (bare.startsWith("|")) return "programs are not allowed as targets";
  if (/^:include:/i.test(bare)) return "includes are not allowed as targets";
  if (bare.startsWith("/") || bare.startsWith("~")) return "files are not allowed as targets";
  if (target.startsWith("\\")) return "a backslash has no meaning here: write the plain name";
  if (/[\s,;:<>()"\\|/]/.test(target)) return "it is not a plain address";
  const { local, domain } = splitAddress(target);
  if (local === "" || local.includes("@") || (target.includes("@") && !isDomain(domain)))
    return "it is not a plain address";
  return undefined;
}

/** As it is stored: the domain in lower case, the local part as written (it may be somebody else's). */
export function storedTarget(target: string): string {
  if (target.startsWith("|")) return target;
  const at = target.lastIndexOf("@");
  return at < 0 ? target.toLowerCase() : `${target.slice(0, at)}@${canonicalDomain(target.slice(at + 1))}`;
}
