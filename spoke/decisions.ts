import { joinAddress } from "#shared/mail/address.js";
import type { Circles } from "#shared/mail/circles.js";
import type { SpokeView } from "./routing.ts";

/** The decisions that there are (pure): into a mailbox here, on to the hub, refused, deferred, or several of them together. */
export interface Decision {
  /** `several`: more than one place, or some places and some problems. */
  readonly outcome: "mailbox" | "outbound" | "several" | "refused" | "deferred";
  /** Enhanced status code (RFC 3463) and one line for people; only when refused or deferred. */
  readonly status?: string;
  readonly text?: string;
  readonly destinations: readonly Destination[];
  /** Targets that lead nowhere: while others do, or one for one when none does. */
  readonly problems?: readonly Problem[];
  /** An alias or instructions were followed: the address, which the copies carry against loops. */
  readonly expanded?: string;
  /** It is sent on as a message of its own: it may go back where it came from. */
  readonly renewed?: true;
  /** Nothing by itself: a record that is being followed, or was, answers for it. */
  readonly backTo?: number;
  readonly steps: readonly Step[];
}

export interface Destination {
  readonly kind: "mailbox" | "outbound";
  /** Name of the mailbox, or `outbound`, the queue for the hub. */
  readonly name: string;
  readonly recipient: string;
  /** The owner of the list that led here: the envelope sender from here on, unless the message is a bounce. */
  readonly sender?: string;
  /** That list's own address. */
  readonly list?: string;
}

export interface Problem {
  readonly recipient: string;
  /** The owner of the list that led here, who is told of it. */
  readonly sender?: string;
  readonly outcome: "refused" | "deferred";
  readonly status: string;
  readonly text: string;
}

/** One rule that was met on the way, for `explain`. */
export interface Step {
  readonly rule: string;
  readonly record: string;
  readonly says: string;
}

/** One recipient being followed. */
export interface Walk {
  /** Aliases and instructions that are being followed, or were. */
  readonly circles: Circles<Decision>;
  /** Where an address goes that somebody here has named: a person in her instructions, or an alias. */
  readonly follow: (address: string) => Decision;
  /** Whether records that are not asked are noted too, for people. */
  readonly hidden: boolean;
  /** Aliases within aliases, and their targets, met so far. */
  depth: number;
  targets: number;
}

/** Every way of writing a person of this office becomes one, so that a message crosses into a mailbox once. */
export function toMailbox(view: SpokeView, name: string, steps: readonly Step[]): Decision {
  return {
    outcome: "mailbox",
    destinations: [{ kind: "mailbox", name, recipient: isPlain(name) ? joinAddress(name, view.host) : name }],
    steps,
  };
}

export function toHub(before: readonly Step[], local: string, domain: string, last: Step): Decision {
  const destinations = [{ kind: "outbound", name: "outbound", recipient: joinAddress(local, domain) }] as const;
  return { outcome: "outbound", destinations, steps: [...before, last] };
}

export function refuse(
  before: readonly Step[],
  status: string,
  text: string,
  at: Pick<Step, "rule" | "record">,
): Decision {
  return { outcome: "refused", status, text, destinations: [], steps: [...before, { ...at, says: text }] };
}

/** The office's own records are at fault: whoever mends them in time loses no mail. */
export function defer(before: readonly Step[], text: string, at: Pick<Step, "rule" | "record">): Decision {
  return { outcome: "deferred", status: "4.3.5", text, destinations: [], steps: [...before, { ...at, says: text }] };
}

/** A record that another visit answers for. */
export function answeredAt(level: number, steps: readonly Step[] = []): Decision {
  return { outcome: "mailbox", destinations: [], backTo: level, steps };
}

/** A quoted local part may have an `@` in it, and would read as somebody in a domain with people of its own. */
export function isPlain(name: string): boolean {
  return !name.includes("@");
}

export function step(rule: string, record: string, says: string): Step {
  return { rule, record, says };
}

/** For people: it costs as much as the decision. Of what an alias leads to only the decisions are told. */
export function hidden(walk: Walk, name: string, what: string, by: string): Step[] {
  if (!walk.hidden || walk.depth > 0) return [];
  return [step("hidden", name, `${what} of that name is not asked: ${by} comes first`)];
}

/** Whether a decision says what becomes of the mail, were it only that it fails. */
export function givesSomething({ outcome, destinations, problems }: Decision): boolean {
  return outcome === "refused" || outcome === "deferred" || destinations.length > 0 || problems !== undefined;
}

/**
 * What a record names, as one decision: each place once, and one bad target costs the others nothing.
 *
 * @param address what was expanded
 */
export function together(
  parts: readonly { readonly to: string; readonly decision: Decision }[],
  address: string,
  before: readonly Step[],
): Decision {
  const steps = [...before, ...parts.flatMap(({ decision }) => decision.steps)];
  const all = parts.flatMap(({ decision }) => decision.destinations);
  const found = new Map(all.map((one) => [`${one.kind} ${one.recipient.toLowerCase()}`, one]));
  const wrong = parts.flatMap(({ to, decision }) => problemsOf(to, decision));
  const problems = [...new Map(wrong.map((one) => [one.recipient.toLowerCase(), one])).values()];
  // Something may come right: ask again, rather than refuse for the sake of another target.
  const first = problems.find(({ outcome }) => outcome === "deferred") ?? problems[0];
  if (found.size === 0 && first !== undefined) {
    const { outcome, status, text } = first;
    return { outcome, status, text, destinations: [], problems, steps };
  }
  const kinds = new Set([...found.values()].map(({ kind }) => kind));
  const [kind = "mailbox"] = kinds;
  const back = parts.flatMap(({ decision }) => decision.backTo ?? []);
  return {
    outcome: kinds.size > 1 || problems.length > 0 ? "several" : kind,
    ...(back.length === 0 ? {} : { backTo: Math.min(...back) }),
    destinations: [...found.values()],
    ...(problems.length === 0 ? {} : { problems }),
    expanded: address,
    steps,
  };
}

function problemsOf(to: string, { outcome, status = "5.1.1", text = "refused", problems = [] }: Decision): Problem[] {
  const whole = outcome === "refused" || outcome === "deferred";
  return whole && problems.length === 0 ? [{ recipient: to, outcome, status, text }] : [...problems];
}
