import type { Directory } from "#hub/directory/directory.js";
import type { Office } from "#hub/directory/offices.js";
import { officeQueue } from "#hub/router.js";
import { type HoldOptions, holdSession, type SessionReport } from "#shared/link/hold-session.js";
import { deferred, type Outcome } from "#shared/mail/outcome.js";
import type { Engine } from "#shared/queue/engine.js";
import { settle } from "#shared/queue/settle.js";
import type { SettlePolicy } from "#shared/queue/settlement.js";
import type { Store } from "#shared/queue/store.js";
import { noteNamesAnswer, queueNames } from "./names-for-office.ts";
import { takeOfficeNames } from "./names-from-office.ts";
import { isPeopleEntry, notePeopleSent, queuePeople } from "./people-for-office.ts";
import { pendingReceipts } from "./receipts-for-office.ts";

/** One session with an office: its people first, its queue, its receipts; and what it sends. */
export interface OfficeContext {
  readonly directory: Directory;
  readonly store: Store;
  readonly engine: Engine;
  readonly linkPolicy: SettlePolicy;
  readonly maxMessage: number;
  readonly space: () => Outcome | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly now: () => number;
}

/** Mail that the office has just sent may have members there: the sorter gets so long before "nothing is left" is said. */
const SORTING_MS = 2000;

export function holdWithOffice(
  context: OfficeContext,
  office: Office,
  options: Pick<HoldOptions, "carrier" | "dialler" | "stop" | "abort">,
): Promise<SessionReport> {
  const { directory, store, engine, log } = context;
  const name = officeQueue(office.name);
  const queue = store.queue(name);
  const settling = engine.settleContext(context.linkPolicy, office.name);
  return holdSession({
    ...options,
    node: { ...context, dir: store.dir, host: store.host, space: () => maySend(context, office) ?? context.space() },
    peer: office.name,
    queue: name,
    // Who calls decides whether the line stays open; a call of ours is for what waits now.
    line: { half: false, order: "both", stay: !options.dialler, history: office.history },
    first: (entry) => isPeopleEntry(directory.offices.get(office.name) ?? office)(entry),
    settle: async (open, outcomes) => {
      await settle(settling, queue, open, outcomes);
      notePeopleSent(directory, office.name, open.head, outcomes);
      noteNamesAnswer(directory, office.name, open.head, outcomes);
    },
    beforeLook: async () => {
      await sortedSoon(engine);
      if (!mayStill(directory, office)) throw new Error("the office was paused, removed or given another key");
      await queuePeople(directory, store, office.name, context.now());
      await queueNames(context, office.name);
    },
    takeAliases: (content) => takeOfficeNames({ directory, log }, office.name, content),
    receipts: () => pendingReceipts({ directory, log }, office.name),
  });
}

/** What let the office in may have been taken back since: a stolen laptop must not stay on the line. */
function mayStill(directory: Directory, { name, key }: Office): boolean {
  const now = directory.offices.get(name);
  return now !== undefined && !now.paused && now.key === key;
}

function maySend({ directory }: OfficeContext, office: Office): Outcome | undefined {
  return mayStill(directory, office) ? undefined : deferred("4.7.1", "this office may not send at the moment");
}

async function sortedSoon(engine: Engine): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SORTING_MS);
  });
  await Promise.race([engine.sortNow(), enough]);
  clearTimeout(timer);
}
