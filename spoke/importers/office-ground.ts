import { canonicalDomain } from "#shared/mail/address.js";
import type { OwnNames } from "#shared/qmail/complete-address.js";
import type { Line, Read } from "#shared/qmail/lines.js";
import type { QmailTree } from "#shared/qmail/tree.js";

/** Who this office is, as its spoke knows it. */
export interface ThisOffice {
  readonly office: string;
  readonly host: string;
  readonly domains: readonly string[];
  /** Somebody with a mailbox here; `listed` by headquarters. */
  person(name: string): { readonly listed: boolean } | undefined;
}

export interface OfficeGround extends ThisOffice {
  readonly names: OwnNames;
  /** Dot-qmail files that keep mail for the hub: they are no aliases. */
  readonly used: Set<string>;
}

export function groundOf(tree: QmailTree, here: ThisOffice): OfficeGround {
  const [domain = here.host] = here.domains;
  return {
    ...here,
    person: (name) => here.person(name),
    names: {
      defaultHost: wordOf(tree.defaultHost) ?? here.host,
      defaultDomain: wordOf(tree.defaultDomain) ?? domain,
      plusDomain: wordOf(tree.plusDomain) ?? domain,
    },
    used: new Set(),
  };
}

/** A domain of the organisation, or a host below one: its mail goes to the hub from here. */
export function isInside({ domains }: Pick<ThisOffice, "domains">, domain: string): boolean {
  return domains.some((own) => domain === own || domain.endsWith(`.${own}`));
}

function wordOf(read: Read<Line> | undefined): string | undefined {
  const [word] = read?.records ?? [];
  return word === undefined ? undefined : canonicalDomain(word.text);
}
