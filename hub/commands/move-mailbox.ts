import { hubStore } from "#hub/hub-store.js";
import { officeQueue } from "#hub/router.js";
import { isPlain } from "#hub/routing/places.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { spaceGuard } from "#shared/io/free-space.js";
import { type SentMailbox, sendMailbox } from "#shared/queue/send-mailbox.js";
import { known, maildirOf } from "./change-person.ts";
import type { Hub } from "./open-hub.ts";

/** What becomes of somebody's old mail when it follows her. */
export interface FollowingMailbox {
  /** What lay at headquarters, and is in her office's queue now. */
  readonly here: SentMailbox;
  /** Offices that send hers with their next window. */
  readonly later: readonly string[];
}

/**
 * Sends somebody's old mail after her, from wherever she was posted lately. Safe to repeat: what has gone is not there any more.
 * @throws what the disk throws; to be called again then
 */
export async function moveMailbox(hub: Hub, name: string): Promise<FollowingMailbox> {
  const { config, directory } = hub;
  const person = known(hub, name);
  const office = directory.offices.get(person.office);
  const later = directory.transaction(() => directory.departures.askMailboxes(name, person.office));
  if (office === undefined || office.own) return { here: NOTHING, later };
  const queue = hubStore(config, directory).queue(officeQueue(office.name));
  await queue.create();
  const here = await sendMailbox({
    path: maildirOf(hub, name),
    queue,
    recipient: isPlain(name) ? `${name}@${office.host}` : name,
    at: Math.floor(person.changedAt / 1000),
    space: spaceGuard(config.dir, config.limits, () => undefined),
    ...(office.limitBytes === undefined ? {} : { limit: office.limitBytes }),
  });
  if (here.more !== undefined)
    throw new Failure(
      EXIT.tempFail,
      `${name} is posted at ${office.name}, and ${here.messages} of her old messages follow; the rest stays for now: ${here.more}; give the same command again when there is room`,
    );
  return { here, later: later.filter((one) => one !== config.office) };
}

const NOTHING: SentMailbox = { messages: 0, tooLarge: 0 };

/** For people, with a semicolon before it. */
export function followingInWords({ here, later }: FollowingMailbox): string {
  const kept = here.kept === undefined ? "" : `; ${here.messages} of old mail follow, and stay in ${here.kept} as well`;
  const left = here.tooLarge === 0 ? "" : ` (${here.tooLarge} too large for that office stay in her mailbox)`;
  const there = later.length === 0 ? "" : `; old mail at ${later.join(", ")} follows with the next window`;
  return `${kept}${left}${there}`;
}
