import { canonicalDomain, isDomain } from "#shared/mail/address.js";
import { readControlMap } from "./control-files.ts";
import { bad, type Line, type Problem, place, type Read, type Source } from "./lines.ts";

/** One line of `control/virtualdomains`. */
export interface VirtualDomain extends Line {
  readonly covers:
    | { readonly kind: "host"; readonly host: string }
    /** Everything below a domain. */
    | { readonly kind: "suffix"; readonly suffix: string }
    /** One address. */
    | { readonly kind: "address"; readonly address: string }
    /** The line that begins with the colon: whatever is not covered otherwise. */
    | { readonly kind: "everything" };
  /** What is put before a name, without the hyphen after it; empty means that the domain is remote. */
  readonly prepend: string;
}

export function readVirtualDomains(source: Source): Read<VirtualDomain> {
  const { records: pairs, problems } = readControlMap(source);
  const records: VirtualDomain[] = [];
  const said: Problem[] = [...problems];
  for (const pair of pairs) {
    const covers = coveredBy(pair.key);
    const wrong =
      covers === undefined
        ? bad(pair, `"${pair.key}" is no domain, address or suffix`, "write HOST:PREFIX")
        : blankProblem(pair, pair.value);
    if (wrong !== undefined) said.push(wrong);
    else if (covers !== undefined) records.push({ ...place(pair), covers, prepend: pair.value });
  }
  return { records, problems: said };
}

function coveredBy(key: string): VirtualDomain["covers"] | undefined {
  if (key === "") return { kind: "everything" };
  const at = key.lastIndexOf("@");
  const domain = canonicalDomain(key.slice(at + 1));
  if (at > 0) return isDomain(domain) ? { kind: "address", address: key } : undefined;
  if (key.startsWith(".")) return isDomain(domain.slice(1)) ? { kind: "suffix", suffix: domain } : undefined;
  return at < 0 && isDomain(domain) ? { kind: "host", host: domain } : undefined;
}

/** qmail keeps the blank, and the address " foo-user" then reaches nobody. */
function blankProblem(line: Line, value: string): Problem | undefined {
  if (!/\s/.test(value)) return undefined;
  return bad(line, `a blank in the prefix "${value}", which qmail takes as part of it`, "take the blank out");
}
