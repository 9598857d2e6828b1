import type { Listener } from "#shared/queue/policies.js";
import type { QueuePolicy } from "./policy.ts";

/** What is wrong with the policies as a whole (pure): those that are never chosen, and those that lead nowhere. */
export interface PolicyFacts {
  /** Listeners that are open. */
  readonly listeners: ReadonlySet<Listener>;
  /** Bytes that the node takes at the most. */
  readonly maxMessage: number;
  /** Why nobody can log in so; undefined when somebody can. */
  readonly accountProblem: (account: string) => string | undefined;
  /** Why mail for an address goes nowhere; undefined when it goes somewhere. */
  readonly nowhere: (address: string) => string | undefined;
  /** Why connections cannot come from an address; undefined when they can. */
  readonly sourceProblem: (address: string) => string | undefined;
}

export interface PolicyProblem {
  readonly what: string;
  readonly says: string;
}

export function policyProblems(policies: readonly QueuePolicy[], facts: PolicyFacts): PolicyProblem[] {
  const taken = new Set(policies.flatMap(({ listeners }) => listeners));
  // Before a sender's domain is asked, the listener is: mail of these has its policy already.
  const byDomain = [...facts.listeners].some((listener) => !taken.has(listener));
  return policies.flatMap((policy) =>
    [...neverChosen(policy, facts, byDomain), ...leadsNowhere(policy, facts)].map((says) => ({
      what: `policy ${policy.name}`,
      says: `${says}: mend it with \`qrelay hub policy set ${policy.name}\`, or remove it`,
    })),
  );
}

function neverChosen(policy: QueuePolicy, facts: PolicyFacts, byDomain: boolean): string[] {
  const { accounts, listeners, senderDomains } = policy;
  if (accounts.length + listeners.length + senderDomains.length === 0)
    return ["it can never be chosen, for it names no account, listener or sender domain"];
  const byAccount = facts.listeners.has("submission");
  return [
    ...accounts.flatMap((account) => {
      const why = byAccount ? facts.accountProblem(account) : "submission.listen is off";
      return why === undefined ? [] : [`it is never chosen for the account ${account}, ${why}`];
    }),
    ...listeners.flatMap((one) =>
      facts.listeners.has(one) ? [] : [`it is never chosen for the listener ${one}, ${one}.listen is off`],
    ),
    ...(senderDomains.length === 0 || byDomain
      ? []
      : [
          `it is never chosen for ${senderDomains.join(", ")}, every listener has a policy of its own, which comes first`,
        ]),
  ];
}

function leadsNowhere({ sourceAddress, doubleBounceTo, maxMessage }: QueuePolicy, facts: PolicyFacts): string[] {
  const source = sourceAddress === undefined ? undefined : facts.sourceProblem(sourceAddress);
  const double = doubleBounceTo === undefined ? undefined : facts.nowhere(doubleBounceTo);
  const large = maxMessage !== undefined && maxMessage > facts.maxMessage;
  return [
    ...(source === undefined ? [] : [`nothing can be sent from the source address ${sourceAddress}, ${source}`]),
    ...(double === undefined ? [] : [`the address for double bounces ${doubleBounceTo} leads nowhere: ${double}`]),
    ...(large ? [`its largest message is ${maxMessage} bytes, and limits.message lets ${facts.maxMessage} in`] : []),
  ];
}
