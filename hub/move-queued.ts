import type { Office } from "#hub/directory/offices.js";
import { mailboxOf } from "#shared/mailbox/mailbox-path.js";
import { passedOn } from "#shared/queue/own-fields.js";
import { policyFields } from "#shared/queue/policies.js";
import { UnreadableEntryError } from "#shared/queue/queue.js";
import { renamed } from "#shared/queue/route.js";
import type { Place } from "#shared/queue/store.js";
import { noteTrace, placeName } from "#shared/queue/trace.js";
import type { HubNode } from "./node.ts";
import { officeQueue } from "./router.ts";

/**
 * Takes what waits for a person at her old office to where the directory says she is now. Each copy is durable at
 * the new place before the old entry changes, and its name follows from the mail id: a crash in between repeats
 * the step without a second copy.
 * @returns messages moved
 */
export async function moveQueued(node: HubNode, name: string, fromOffice: string): Promise<number> {
  const { directory, store, engine, log } = node;
  const office = directory.offices.get(fromOffice);
  if (office === undefined || office.own) return 0;
  const old = addressAt(office, name).toLowerCase();
  const queue = store.queue(officeQueue(fromOffice));
  return engine.exclusively(queue.name, async () => {
    let moved = 0;
    for (const entry of await queue.list()) {
      try {
        const open = await queue.open(entry);
        if (open === undefined) continue;
        try {
          const { head } = open;
          const mine = head.envelope.recipients.find(({ address }) => address.toLowerCase() === old);
          if (mine === undefined) continue;
          const to = presentPlace(node, name, open.size);
          // Back at this office (two moves that crossed): the copy would be this very entry, which is then removed.
          if (to === undefined || isQueue(to.place, queue.name)) continue;
          const envelope = { ...head.envelope, recipients: [renamed(mine, to.recipient)] };
          await store.deliver(
            to.place,
            { ...head, envelope, fields: { ...passedOn(head.fields), ...policyFields(head.fields.policy) } },
            open.message(),
          );
          noteTrace({ trace: directory.trace, log }, (trace) =>
            trace.passed({
              mailId: head.id,
              origin: {},
              place: queue.name,
              moves: [{ recipient: mine.address, to: [{ recipient: to.recipient, place: placeName(to.place) }] }],
              at: node.now(),
            }),
          );
          const others = head.envelope.recipients.filter((recipient) => recipient !== mine);
          if (others.length === 0) await queue.remove(entry);
          else await queue.rewrite(open, { ...head, envelope: { ...head.envelope, recipients: others } });
          moved += 1;
        } finally {
          await open.close();
        }
      } catch (error) {
        if (!(error instanceof UnreadableEntryError)) throw error;
        log("entry-unreadable", { queue: queue.name, entry: entry.name, text: error.message });
      }
    }
    return moved;
  });
}

/** Where the person is now: by name, for her mail is hers whatever an alias of that name says. undefined: leave it. */
function presentPlace(
  { directory }: HubNode,
  name: string,
  size: number,
): { place: Place; recipient: string } | undefined {
  const person = directory.people.get(name);
  const office = person === undefined ? undefined : directory.offices.get(person.office);
  if (office === undefined || (office.limitBytes !== undefined && size > office.limitBytes)) return undefined;
  const recipient = addressAt(office, name);
  if (office.own) return { place: { kind: "mailbox", name: mailboxOf(name) }, recipient };
  return { place: { kind: "queue", name: officeQueue(office.name) }, recipient };
}

/** In a domain with people of its own her name is her address, wherever she is. */
function addressAt({ host }: Pick<Office, "host">, name: string): string {
  return name.includes("@") ? name : `${name}@${host}`;
}

function isQueue(place: Place, name: string): boolean {
  return place.kind === "queue" && place.name === name;
}
