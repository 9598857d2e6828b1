import type { DirectoryView } from "#hub/routing/view.js";
import { planSettings } from "#shared/qmail/control-settings.js";
import { PlanDraft } from "#shared/qmail/draft-plan.js";
import { planRules } from "#shared/qmail/plan-rules.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import type { Change, HubPlan } from "./change.ts";
import { groundOf } from "./ground.ts";
import { planDomains } from "./plan-domains.ts";
import { planNames } from "./plan-names.ts";

const TOML = "hub.toml";

/**
 * What each line of a qmail tree becomes in the directory as it stands. Pure; the directory itself has the last word on
 * names, targets and cycles (`apply-plan.ts`).
 *
 * @param plainAliases whether the directory has aliases without a host
 */
export function planImport(tree: QmailTree, view: DirectoryView, plainAliases = false): HubPlan {
  const draft = new PlanDraft<Change>();
  const ground = groundOf(tree, view, plainAliases);
  draft.tell(tree.told);
  for (const read of [tree.defaultHost, tree.defaultDomain, tree.plusDomain]) {
    draft.tell(read?.problems ?? []);
    for (const line of read?.records ?? []) draft.carry(line, "completes names in what is imported");
  }
  planDomains(tree, ground, draft);
  planNames(tree, ground, draft);
  for (const { at, ...route } of ground.routes.all()) draft.change(at, { kind: "route", ...route });
  planSettings(tree, { file: TOML, host: view.hubHost, domain: view.domain }, draft);
  planRules(tree, TOML, draft);
  return draft.done();
}
