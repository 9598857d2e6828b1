import { splitAddress } from "#shared/mail/address.js";
import { senderAfter } from "#shared/mail/sender-after.js";
import type { Decision, Destination, Problem, Step } from "./decisions.ts";
import { hasOwnPeople } from "./known-name.ts";
import { isInside, type SpokeView } from "./routing.ts";

/** The document of `explain --json`, with the keys of headquarters'; scripts read it, so its keys stay. */
export interface Explanation {
  readonly address: string;
  readonly outcome: "mailbox" | "office" | "internet" | "several" | "refused" | "deferred";
  readonly status?: string;
  readonly text?: string;
  /** The envelope sender as it would go on; as it came when lists with several owners are met, see `steps`. */
  readonly sender: string;
  /** Sorted by recipient. */
  readonly destinations: readonly ExplainedPlace[];
  /** Targets that lead nowhere; absent when there are none. */
  readonly problems?: readonly Problem[];
  readonly steps: readonly Step[];
}

/** `office`: headquarters, or another office by way of it; `internet`: anywhere else, by way of it. Both wait in `outbound`. */
interface ExplainedPlace {
  readonly kind: "mailbox" | "office" | "internet";
  readonly name: string;
  readonly recipient: string;
}

/** @param link how it leaves the office, where it does */
export function explanation(
  view: Pick<SpokeView, "domains" | "names">,
  address: string,
  sender: string,
  decision: Decision,
  link: Step,
): Explanation {
  const destinations = decision.destinations.map((one) => placeOf(view, one)).sort(byRecipient);
  const leaves = decision.destinations.some(({ kind }) => kind === "outbound");
  return {
    address,
    outcome: outcomeOf(decision, destinations),
    ...(decision.status === undefined ? {} : { status: decision.status }),
    ...(decision.text === undefined ? {} : { text: decision.text }),
    sender: goesOnAs(sender, decision),
    destinations,
    ...(decision.problems === undefined || destinations.length === 0 ? {} : { problems: decision.problems }),
    steps: leaves ? [...decision.steps, link] : decision.steps,
  };
}

function placeOf(view: Pick<SpokeView, "domains" | "names">, { kind, name, recipient }: Destination): ExplainedPlace {
  if (kind === "mailbox") return { kind, name, recipient };
  const { domain } = splitAddress(recipient);
  const names = view.names();
  const inside = isInside(view, domain) || (names !== undefined && hasOwnPeople(names, domain));
  return { kind: inside ? "office" : "internet", name, recipient };
}

function outcomeOf({ outcome, problems }: Decision, destinations: readonly ExplainedPlace[]): Explanation["outcome"] {
  if (outcome === "refused" || outcome === "deferred") return outcome;
  const places = new Set(destinations.map(({ kind, name }) => `${kind} ${name}`));
  const [first] = destinations;
  return first === undefined || places.size > 1 || problems !== undefined ? "several" : first.kind;
}

function goesOnAs(sender: string, { destinations }: Decision): string {
  const senders = new Set(destinations.map((one) => senderAfter(one.sender, sender)));
  const [only] = senders;
  return senders.size === 1 && only !== undefined ? only : sender;
}

/** By code unit, not by locale: the same on every machine. */
function byRecipient(a: ExplainedPlace, b: ExplainedPlace): number {
  return a.recipient < b.recipient ? -1 : a.recipient > b.recipient ? 1 : 0;
}

/** The same for people, line by line: the verdict, where to, what fails, and why. */
export function explanationLines(explained: Explanation): string[] {
  const verdict = [explained.outcome, explained.status, explained.text].filter((part) => part !== undefined).join(" ");
  const goesOn = explained.destinations.length > 0 && explained.sender !== "" ? [`  from ${explained.sender}`] : [];
  return [
    `${explained.address}: ${verdict}`,
    ...explained.destinations.map((one) => `  to ${one.recipient} (${one.kind} ${one.name})`),
    ...(explained.problems ?? []).map((one) => `  ${one.outcome} ${one.recipient}: ${one.status} ${one.text}`),
    ...goesOn,
    ...explained.steps.map((step, index) => `  ${index + 1}. ${step.rule} ${step.record}: ${step.says}`),
  ];
}
