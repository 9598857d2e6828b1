import { deferred, type Outcome } from "#shared/mail/outcome.js";
import { type EntryHead, entryName } from "./entry.ts";
import type { Copy, Destination, Route } from "./route.ts";
import type { Store } from "./store.ts";

/**
 * Mailboxes that have reached their quota. The message that reaches it is still taken; from then on new mail is refused while its
 * sender waits (5.2.2), so that nobody has to be written to who may be forged. Mail that is ours already waits for room.
 */

/** The same route, or a refusal when it leads to full mailboxes only. In doubt the mail is taken. */
export async function unlessFull(
  { store, log }: { readonly store: Store; readonly log: (event: string, fields: Record<string, unknown>) => void },
  route: Route,
): Promise<Route> {
  if (route.kind !== "to" || !route.destinations.some(({ quota }) => quota !== undefined)) return route;
  try {
    for (const destination of route.destinations) if (!(await isFull(store, destination))) return route;
  } catch (error) {
    log("internal-error", { where: "quota", text: String(error) });
    return route;
  }
  const [first] = route.destinations;
  return { kind: "refused", status: "5.2.2", text: `the mailbox of ${first?.recipient} is full` };
}

/** Why a copy has to wait; undefined when there is room, or when an earlier attempt has written it. */
export async function noRoom(store: Store, copy: Copy, head: EntryHead): Promise<Outcome | undefined> {
  const { place, quota, recipients } = copy;
  if (place.kind !== "mailbox" || quota === undefined) return undefined;
  const { bytes, names } = await store.contentOf(place.name);
  if (bytes < quota || names.has(entryName(head, store.host))) return undefined;
  return deferred("4.2.2", `the mailbox of ${recipients[0]?.address} is full`);
}

/** Whether a copy, or what is still to become one, would have to wait. */
export async function isFull(store: Store, { place, quota }: Pick<Destination, "place" | "quota">): Promise<boolean> {
  if (place.kind !== "mailbox" || quota === undefined) return false;
  return (await store.contentOf(place.name)).bytes >= quota;
}
