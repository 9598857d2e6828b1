import { type FoundInstructions, findInstructions } from "#shared/mail/instructions.js";
import type { SpokeView } from "./routing.ts";

/** Somebody of this office who answers for a name, and what she wants done with it. */
export interface PersonHere {
  readonly name: string;
  readonly suspended: boolean;
  readonly extension?: string;
  readonly instructions?: FoundInstructions;
}

/**
 * As headquarters decides it, so that a colleague's mail need not leave the office (pure): the person herself; before a `+`
 * in any case; before a `-` where she has instructions for what follows, the longest name first.
 *
 * @param name in the form of `addressKey`
 */
export function personHere(view: SpokeView, name: string): PersonHere | undefined {
  const exact = view.person(name);
  if (exact !== undefined) return { name, suspended: exact.suspended, ...instructed(view, name, "") };
  const plus = name.indexOf("+");
  const before = plus > 0 ? name.slice(0, plus) : "";
  const base = before === "" ? undefined : view.person(before);
  if (base !== undefined) {
    const extension = name.slice(plus + 1);
    const wishes = { ...instructed(view, before, ""), ...instructed(view, before, extension) };
    return { name: before, suspended: base.suspended, extension, ...wishes };
  }
  for (let end = name.lastIndexOf("-"); end > 0; end = name.lastIndexOf("-", end - 1)) {
    const person = view.person(name.slice(0, end));
    const extension = name.slice(end + 1);
    const wishes = person === undefined ? {} : instructed(view, name.slice(0, end), extension);
    if (person !== undefined && wishes.instructions !== undefined)
      return { name: name.slice(0, end), suspended: person.suspended, extension, ...wishes };
  }
  return undefined;
}

function instructed(view: SpokeView, person: string, extension: string): Pick<PersonHere, "instructions"> {
  const instructions = findInstructions(extension, (record) => view.instructions(person, record));
  return instructions === undefined ? {} : { instructions };
}
