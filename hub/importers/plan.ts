import { placeOf } from "#hub/routing/places.js";
import type { DirectoryView, RoutedOffice } from "#hub/routing/view.js";
import { canonicalDomain } from "#shared/mail/address.js";
import type { AccessRule, Service } from "#shared/qmail/access-rule.js";
import type { Account } from "#shared/qmail/accounts.js";
import type { AliasRecord, TextAlias } from "#shared/qmail/alias-text.js";
import type { OwnNames } from "#shared/qmail/complete-address.js";
import { type Line, type Read, told } from "#shared/qmail/lines.js";
import type { Assignment } from "#shared/qmail/users-assign.js";
import type { VirtualDomain } from "#shared/qmail/virtual-domains.js";
import { type Plan, PlanDraft } from "./draft-plan.ts";
import { planDomains } from "./plan-domains.ts";
import { planNames } from "./plan-names.ts";
import { planRules } from "./plan-rules.ts";
import type { SmtpRoute } from "./smtp-routes.ts";

/** A qmail tree, read. What is absent in the tree is absent here. */
export interface QmailTree {
  readonly me?: Read<Line>;
  readonly defaultHost?: Read<Line>;
  readonly defaultDomain?: Read<Line>;
  readonly plusDomain?: Read<Line>;
  readonly locals?: Read<Line>;
  readonly rcptHosts?: Read<Line>;
  readonly moreRcptHosts?: Read<Line>;
  readonly virtualDomains?: Read<VirtualDomain>;
  readonly smtpRoutes?: Read<SmtpRoute>;
  readonly assign?: Read<Assignment>;
  /** The text, or what was compiled. */
  readonly aliases?: Read<AliasRecord | TextAlias>;
  /** With the alias account, whose files are aliases. */
  readonly accounts: readonly Account[];
  readonly rules: readonly { readonly service: Service; readonly rules: Read<AccessRule> }[];
  /** Control files that are there and that nothing here reads. */
  readonly unread: readonly string[];
}

/** What the plan is made against: the directory, and what the plan itself has added so far. */
export interface Ground {
  readonly view: DirectoryView;
  readonly names: OwnNames;
  readonly domains: Set<string>;
  readonly offices: Map<string, RoutedOffice>;
  /** Domains and suffixes of rcpthosts that are not ours: mail for them is taken from anybody and sent on. */
  readonly accepted: Map<string, Line>;
  /** Dot-qmail files that a virtual domain leads to: they are no aliases. */
  readonly used: Set<string>;
  placeOf(domain: string): ReturnType<typeof placeOf>;
}

/**
 * What each line of a qmail tree becomes in the directory as it stands. Pure; the directory itself has the last word on
 * names, targets and cycles (`apply-plan.ts`).
 */
export function planImport(tree: QmailTree, view: DirectoryView): Plan {
  const draft = new PlanDraft();
  const ground = groundOf(tree, view);
  for (const read of [tree.defaultHost, tree.defaultDomain, tree.plusDomain]) {
    draft.tell(read?.problems ?? []);
    for (const line of read?.records ?? []) draft.carry(line, "completes names in what is imported");
  }
  planDomains(tree, ground, draft);
  planNames(tree, ground, draft);
  planRules(tree, draft);
  for (const file of tree.unread) {
    draft.tell([
      told({ file, line: 0, text: "" }, "not read", "set what you need of it in hub.toml: see hub/CONFIG.md"),
    ]);
  }
  return draft.done();
}

function groundOf(tree: QmailTree, view: DirectoryView): Ground {
  const domains = new Set<string>();
  const offices = new Map<string, RoutedOffice>();
  const grown: DirectoryView = {
    ...view,
    isDomain: (domain) => domains.has(domain) || view.isDomain(domain),
    officeByHost: (host) => offices.get(host) ?? view.officeByHost(host),
  };
  return {
    view,
    // A missing control file means the hub's own names.
    names: {
      defaultHost: wordOf(tree.defaultHost) ?? view.hubHost,
      defaultDomain: wordOf(tree.defaultDomain) ?? view.domain,
      plusDomain: wordOf(tree.plusDomain) ?? view.domain,
    },
    domains,
    accepted: new Map(),
    offices,
    used: new Set(),
    placeOf: (domain) => placeOf(grown, domain),
  };
}

function wordOf(read: Read<Line> | undefined): string | undefined {
  const [word] = read?.records ?? [];
  return word === undefined ? undefined : canonicalDomain(word.text);
}
