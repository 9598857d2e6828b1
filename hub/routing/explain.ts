import { senderAfter } from "#shared/mail/sender-after.js";
import type { Decision, Destination } from "./decision.ts";

/** The document of `explain --json`; scripts read it, so its keys stay. */
export interface Explanation {
  readonly address: string;
  readonly outcome: Decision["outcome"];
  readonly status?: string;
  readonly text?: string;
  /** The envelope sender as it would go on; as it came when lists with several owners are met, see `steps`. */
  readonly sender: string;
  readonly destinations: readonly Pick<Destination, "kind" | "name" | "recipient">[];
  /** Targets of an alias that lead nowhere; absent when there are none. */
  readonly problems?: readonly Omit<Decision["problems"][number], "sender">[];
  readonly steps: Decision["steps"];
  /** How the queues would treat it; absent: as hub.toml says. */
  readonly policy?: ExplainedPolicy;
}

export interface ExplainedPolicy {
  readonly name: string;
  /** Why this one. */
  readonly says: string;
}

export function explanation(
  address: string,
  sender: string,
  decision: Decision,
  policy?: ExplainedPolicy,
): Explanation {
  return {
    address,
    outcome: decision.outcome,
    ...(decision.status === undefined ? {} : { status: decision.status }),
    ...(decision.text === undefined ? {} : { text: decision.text }),
    sender: goesOnAs(sender, decision),
    destinations: decision.destinations.map(asDocumented),
    ...(decision.problems.length === 0 ? {} : { problems: decision.problems.map(withoutSender) }),
    steps: decision.steps,
    ...(policy === undefined ? {} : { policy }),
  };
}

function goesOnAs(sender: string, { destinations }: Decision): string {
  const senders = new Set(destinations.map((one) => senderAfter(one.sender, sender)));
  const [only] = senders;
  return senders.size === 1 && only !== undefined ? only : sender;
}

function withoutSender({ sender: _owner, ...problem }: Decision["problems"][number]) {
  return problem;
}

/** The steps tell of owners; scripts know these three keys. */
function asDocumented({ kind, name, recipient }: Destination): Explanation["destinations"][number] {
  return { kind, name, recipient };
}

/** The same for people, line by line: the verdict, where to, what fails, and why. */
export function explanationLines(explained: Explanation): string[] {
  const verdict = [explained.outcome, explained.status, explained.text].filter((part) => part !== undefined).join(" ");
  return [
    `${explained.address}: ${verdict}`,
    ...explained.destinations.map((one) => `  to ${one.recipient} (${one.kind} ${one.name})`),
    ...(explained.problems ?? []).map((one) => `  ${one.outcome} ${one.recipient}: ${one.status} ${one.text}`),
    ...explained.steps.map((step, index) => `  ${index + 1}. ${step.rule} ${step.record}: ${step.says}`),
    ...(explained.policy === undefined ? [] : [`  policy ${explained.policy.name}: ${explained.policy.says}`]),
  ];
}
