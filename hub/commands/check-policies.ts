import type { HubConfig } from "#hub/config.js";
import type { Directory } from "#hub/directory/directory.js";
import { type PolicyFacts, type PolicyProblem, policyProblems } from "#hub/policies/policy-problems.js";
import { routeRecipient } from "#hub/routing/route.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { listenTcp } from "#shared/io/tcp-listen.js";
import { LISTENERS } from "#shared/queue/policies.js";

/** Asks directory, configuration and machine what `policyProblems` wants to know. */
export async function checkPolicies(
  config: HubConfig,
  directory: Directory,
  view: DirectoryView,
): Promise<PolicyProblem[]> {
  const policies = directory.policies.list();
  const sources = new Map<string, string>();
  for (const { sourceAddress } of policies) {
    const problem = sourceAddress === undefined ? undefined : await sourceProblem(sourceAddress);
    if (sourceAddress !== undefined && problem !== undefined) sources.set(sourceAddress, problem);
  }
  const facts: PolicyFacts = {
    listeners: new Set(LISTENERS.filter((one) => config.listen[one].length > 0)),
    maxMessage: config.limits.message,
    accountProblem: (account) => accountProblem(directory, config, account),
    nowhere: (address) => {
      const { destinations, text } = routeRecipient(view, address, { relay: true });
      return destinations.length > 0 ? undefined : (text ?? "it has no destination");
    },
    sourceProblem: (address) => sources.get(address),
  };
  return policyProblems(policies, facts);
}

/** Of ours alone, `name` or `name@` a domain with people of its own: people of other offices log in there. */
function accountProblem({ people }: Directory, { office }: HubConfig, account: string): string | undefined {
  const person = people.get(account);
  if (person === undefined) return "nobody has that name";
  if (person.suspended) return "who is suspended";
  return person.office === office ? undefined : `who logs in at ${person.office}`;
}

/** A port of the address is opened and closed again: what the system says is the truth about it. */
async function sourceProblem(address: string): Promise<string | undefined> {
  try {
    await (await listenTcp({ host: address, port: 0 }, (socket) => socket.destroy())).close();
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return `which is no address of this machine (${said})`;
  }
}
