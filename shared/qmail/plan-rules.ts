import type { AccessRule } from "./access-rule.ts";
import type { PlanDraft } from "./draft-plan.ts";
import type { QmailTree } from "./tree.ts";

/** Rules as text for the configuration file, which is the administrator's: an import does not write into it. */
export function planRules(tree: QmailTree, toml: string, draft: PlanDraft<unknown>): void {
  for (const { service, rules } of tree.rules) {
    draft.tell(rules.problems);
    for (const rule of rules.records) {
      draft.carry(rule, `[[${service}.rule]] for ${toml}: ${rule.networks.join(", ")} ${saysOf(rule)}`);
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
