import { planSettings } from "#shared/qmail/control-settings.js";
import { PlanDraft } from "#shared/qmail/draft-plan.js";
import { planRules } from "#shared/qmail/plan-rules.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { Command, SpokePlan } from "./change.ts";
import { groundOf, type ThisOffice } from "./office-ground.ts";
import { planHosts } from "./plan-hosts.ts";
import { planNames } from "./plan-names.ts";
import { type OldMailbox, planPeople } from "./plan-people.ts";

const TOML = "spoke.toml";

export interface OfficeImport extends SpokePlan {
  /** Of people who have a mailbox here. */
  readonly mailboxes: readonly OldMailbox[];
}

/**
 * What each line of the qmail tree of an office becomes at its spoke: mail that waits for the hub is taken over, rules
 * and settings are text for spoke.toml, people and aliases are commands to be run. Pure.
 */
export function planOfficeImport(tree: QmailTree, here: ThisOffice): OfficeImport {
  const draft = new PlanDraft<Command>();
  const ground = groundOf(tree, here);
  draft.tell(tree.told);
  for (const read of [tree.defaultHost, tree.defaultDomain, tree.plusDomain]) {
    draft.tell(read?.problems ?? []);
    for (const line of read?.records ?? []) draft.carry(line, "completes names in what is imported");
  }
  planHosts(tree, ground, draft);
  const { users, mailboxes } = planPeople(tree, ground, draft);
  planNames(tree, users, ground, draft);
  planSettings(tree, { file: TOML, host: here.host, domain: here.domains[0] ?? here.host }, draft);
  planRules(tree, TOML, draft);
  return { ...draft.done(), mailboxes };
}
