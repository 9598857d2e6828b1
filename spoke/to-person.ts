import { type Decision, refuse, type Step, step, toMailbox } from "./decisions.ts";
import type { PersonHere } from "./person-here.ts";
import type { SpokeView } from "./routing.ts";

/** Into the mailbox of somebody here, whatever she wants done with her mail (pure). @param name as it was written to */
export function routePerson(view: SpokeView, person: PersonHere, name: string, before: readonly Step[]): Decision {
  const found = [...before, ...extensionStep(person, name)];
  if (person.suspended)
    return refuse(found, "5.2.1", `The mailbox of "${person.name}" is suspended`, {
      rule: "person",
      record: person.name,
    });
  return toMailbox(view, person.name, [...found, step("person", person.name, "The mailbox is here")]);
}

export function extensionStep({ name, extension: rest }: PersonHere, address: string): Step[] {
  return rest === undefined ? [] : [step("extension", address, `${name} with the extension ${rest}`)];
}
