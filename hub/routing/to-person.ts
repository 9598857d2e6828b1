import { type Decision, decide, deferred, type Found, refused, type Step, to } from "./decision.ts";
import { isPlain } from "./places.ts";
import type { DirectoryView, RoutedPerson } from "./view.ts";
import type { Walk } from "./walk.ts";

/** Her mailbox, wherever that is. */
export function toPerson({ view, steps }: Pick<Walk, "view" | "steps">, person: RoutedPerson): Found {
  const say = (says: string) => steps.push({ rule: "person", record: person.name, says });
  const address = addressOf(view, person.name);
  if (person.suspended) {
    say("suspended: takes no mail");
    return refused(address, "5.2.1", `the mailbox of ${address} is suspended`);
  }
  if (person.office === view.hubOffice) {
    say(`posted at ${person.office}, where the hub stands: mailbox here`);
    return to({ kind: "mailbox", name: person.name, recipient: address });
  }
  const office = view.office(person.office);
  if (office === undefined) {
    say(`posted at ${person.office}, which is not in the directory`);
    return deferred(address, "4.3.5", `the office of ${address} is not in the directory`);
  }
  say(`posted at ${office.name}: queue of ${office.name}${office.paused ? " (paused: it waits)" : ""}`);
  return to({ kind: "office", name: office.name, recipient: addressOf({ domain: office.host }, person.name) });
}

/** The same by itself, whatever she has said should become of her mail. */
export function personDecision(view: DirectoryView, name: string): Decision {
  const steps: Step[] = [];
  const person = view.person(name);
  const exact = addressOf(view, name);
  const found =
    person === undefined ? refused(exact, "5.1.1", `no such person: ${exact}`) : toPerson({ view, steps }, person);
  return decide(found, steps);
}

/** Of somebody in a domain with people of its own, her name is the address already, wherever she is. */
function addressOf({ domain }: Pick<DirectoryView, "domain">, name: string): string {
  return isPlain(name) ? `${name}@${domain}` : name;
}
