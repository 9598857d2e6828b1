import { joinAddress } from "#shared/mail/address.js";
import type { Decision, SpokeView, Step } from "./routing.ts";

/** The decisions that there are (pure): into a mailbox here, on to the hub, refused. */

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

export function step(rule: string, record: string, says: string): Step {
  return { rule, record, says };
}

/** A quoted local part may have an `@` in it, and would read as somebody in a domain with people of its own. */
export function isPlain(name: string): boolean {
  return !name.includes("@");
}
