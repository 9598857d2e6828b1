import { splitAddress } from "#shared/mail/address.js";
import { MAX_MODERATED_NAME } from "#shared/mail/approval.js";
import { routeRecipient } from "./route.ts";
import type { DirectoryView } from "./view.ts";

/** Why nobody hears of a list's bounces, or undefined. */
export function ownerProblem(view: DirectoryView, name: string): string | undefined {
  const { owner } = view.list(name) ?? {};
  if (owner === undefined) return undefined;
  const { destinations, text } = routeRecipient(view, owner, { relay: true, sender: "" });
  return destinations.length > 0 ? undefined : `the owner of ${name}, ${owner}, leads nowhere: ${text}`;
}

/** Why nobody could approve what is held for a list, or undefined. */
export function moderationProblem(view: DirectoryView, name: string): string | undefined {
  const { owner, moderate, post } = view.list(name) ?? {};
  if (post === "owner" && owner === undefined) return "nobody could write to it: name an owner with --owner";
  if (moderate !== true) return undefined;
  const { local } = splitAddress(name);
  if (!/^[a-z0-9._+=-]+$/.test(local) || local.length > MAX_MODERATED_NAME)
    return `a moderated list has a name of at most ${MAX_MODERATED_NAME} plain letters, digits and signs, for its approval addresses are made of it`;
  if (owner === undefined) return "nobody would approve what is held: name an owner with --owner";
  // As the questions will come, which have no sender.
  const { destinations, steps, text } = routeRecipient(view, owner, { relay: true, sender: "" });
  if (steps.some(({ rule, record }) => ["alias", "post"].includes(rule) && record === name))
    return `its owner ${owner} leads to the list itself: name a person with --owner`;
  if (destinations.length === 0) return `its owner ${owner} leads nowhere: ${text}`;
  if (destinations.every(({ kind }) => kind === "held"))
    return `its owner ${owner} is a moderated list: name a person with --owner`;
  return undefined;
}
