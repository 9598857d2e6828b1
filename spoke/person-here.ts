import { joinAddress, splitAddress } from "#shared/mail/address.js";
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
 * @param address in the form of `addressKey`: a local part, or one and a domain with people of its own
 */
export function personHere(view: SpokeView, address: string): PersonHere | undefined {
  const exact = view.person(address);
  if (exact !== undefined) return { name: address, suspended: exact.suspended, ...instructed(view, address, "") };
  const { local: name, domain } = splitAddress(address);
  const plus = name.indexOf("+");
  const before = joinAddress(name.slice(0, Math.max(plus, 0)), domain);
  const base = plus > 0 ? view.person(before) : undefined;
  if (base !== undefined) {
    const extension = name.slice(plus + 1);
    const wishes = { ...instructed(view, before, ""), ...instructed(view, before, extension) };
    return { name: before, suspended: base.suspended, extension, ...wishes };
  }
  for (let end = name.lastIndexOf("-"); end > 0; end = name.lastIndexOf("-", end - 1)) {
    const key = joinAddress(name.slice(0, end), domain);
    const person = view.person(key);
    const extension = name.slice(end + 1);
    const wishes = person === undefined ? {} : instructed(view, key, extension);
    if (person !== undefined && wishes.instructions !== undefined)
      return { name: key, suspended: person.suspended, extension, ...wishes };
  }
  return undefined;
}

function instructed(view: SpokeView, person: string, extension: string): Pick<PersonHere, "instructions"> {
  const instructions = findInstructions(extension, (record) => view.instructions(person, record));
  return instructions === undefined ? {} : { instructions };
}
