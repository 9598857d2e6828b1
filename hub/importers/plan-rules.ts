import type { AccessRule } from "#shared/qmail/access-rule.js";
import type { PlanDraft } from "./draft-plan.ts";
import type { QmailTree } from "./plan.ts";

/** Rules as text for hub.toml: the file is the administrator's, and an import does not write into it. */
export function planRules(tree: QmailTree, draft: PlanDraft): void {
  for (const { service, rules } of tree.rules) {
    draft.tell(rules.problems);
    for (const rule of rules.records) {
      draft.carry(rule, `[[${service}.rule]] for hub.toml: ${rule.networks.join(", ")} ${saysOf(rule)}`);
      for (const network of rule.networks) draft.rule(service, tomlOf(rule, network));
    }
  }
}

function saysOf({ allow, relay }: AccessRule): string {
  if (!allow) return "refused";
  return relay ? "may send anywhere" : "may connect";
}

/** `relay` is always said: what a rule leaves unsaid is taken from wider ones, and tcpserver never did that. */
function tomlOf(rule: AccessRule, network: string): string[] {
  const relay = rule.allow ? [`relay = ${rule.relay}`] : [];
  // A line end in the file's name would end the comment.
  const where = `${JSON.stringify(rule.file).slice(1, -1)}:${rule.line}`;
  return [`from = ${JSON.stringify(network)}    # ${where}`, `allow = ${rule.allow}`, ...relay];
}
