import type { Recipient } from "#shared/mail/envelope.js";
import { derivedMailId } from "#shared/mail/mail-id.js";
import { senderAfter } from "#shared/mail/sender-after.js";
import { type Copy, copiesOf, type Route } from "./route.ts";
import type { Place } from "./store.ts";
import { SORTING } from "./trace.ts";

export const SORTING_PLACE: Place = { kind: "queue", name: SORTING };

/**
 * Members of owned lists that lead nowhere, as entries of their own from the owner: what becomes of them is the owner's to hear,
 * now and whenever one of them is given up.
 */
export function copiesForOwners(
  to: readonly { readonly recipient: Recipient; readonly route: Route & { kind: "to" } }[],
  original: string,
): Copy[] {
  const lost = to.map(({ recipient, route: { problems = [] } }) => {
    const owned = problems.filter(({ sender }) => senderAfter(sender, original) !== original);
    // Without the list's Delivered-To line: what may come right is the list itself, later.
    return {
      recipient,
      route: { kind: "to", destinations: owned.map((one) => ({ ...one, place: SORTING_PLACE })) } as const,
    };
  });
  return copiesOf(lost, original);
}

/** What an owner is told of is another message for each of them, though the members and the rest be the same. */
export function copyId({ renewed, place, sender }: Copy, id: string): string {
  if (renewed === true) return derivedMailId("forward", id);
  return place.kind === "queue" && place.name === SORTING ? derivedMailId("owner", id, sender) : id;
}
