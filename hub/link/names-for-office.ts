import type { Directory } from "#hub/directory/directory.js";
import type { Replica } from "#hub/directory/replicas.js";
import { officeQueue } from "#hub/router.js";
import {
  compareNames,
  encodeNames,
  type KnownName,
  MAX_NAMES,
  MAX_NAMES_BYTES,
  type NamesUpdate,
  namesChecksum,
  REPLICAS,
} from "#shared/link/names-update.js";
import { NAMES_LOCAL } from "#shared/link/node-address.js";
import { derivedMailId } from "#shared/mail/mail-id.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { type EntryHead, parseEntryName } from "#shared/queue/entry.js";
import type { Queue } from "#shared/queue/queue.js";
import type { Store } from "#shared/queue/store.js";
import { isOwnNode } from "./people-for-office.ts";

/**
 * An office's copy of the organisation's names travels as a message for the node itself, in the office's own queue. It is
 * made when the office is on the line and holds less than there is; what waits is not replaced by something newer, for
 * part of it may have crossed, and a list that takes three windows would never arrive.
 */
export interface NamesContext {
  readonly directory: Directory;
  readonly store: Store;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is sent, or is to be sent. */
type Offer = Pick<NamesUpdate, "replica" | "version" | "from">;

/** Puts into the queue what the office does not hold yet. */
export async function queueNames({ directory, store, log, now }: NamesContext, name: string): Promise<void> {
  const office = directory.offices.get(name);
  if (office === undefined || !isOwnNode(office)) return;
  const { replicas } = directory;
  const replica = replicas.get(name);
  const waiting = readOffer(replica.waiting);
  const offer = offerFor(directory, replica);
  if (offer === undefined && waiting === undefined) return;
  const queue = store.queue(officeQueue(name));
  if (
    offer !== undefined &&
    waiting !== undefined &&
    offer.replica === waiting.replica &&
    offer.from === waiting.from
  ) {
    if (await isIn(queue, idOf(name, waiting))) return;
  }
  await takeBack(queue, name, waiting);
  const content = offer === undefined ? undefined : contentOf(directory, offer, now());
  if (offer === undefined || content === undefined) {
    replicas.setWaiting(name, undefined);
    if (offer !== undefined)
      log("directory-update", { list: "names", office: name, outcome: "refused", text: TOO_MUCH });
    return;
  }
  // First the word, then the entry: after a crash in between the entry is made again under the same name.
  replicas.setWaiting(name, writeOffer(offer));
  await queue.add(
    {
      id: idOf(name, offer),
      born: Math.floor(now() / 1000),
      envelope: { sender: "", recipients: [{ address: `${NAMES_LOCAL}@${office.host}`, notify: "NEVER" }] },
      fields: {},
    },
    [content],
  );
}

const TOO_MUCH = `the organisation has more than ${MAX_NAMES} names, or ${MAX_NAMES_BYTES} bytes of them: no office gets a list`;

/** Takes an unsent list back: a host that speaks plain QMTP has no use for it. */
export async function withdrawNames(directory: Directory, store: Store, name: string): Promise<void> {
  const waiting = readOffer(directory.replicas.get(name).waiting);
  if (waiting === undefined) return;
  await takeBack(store.queue(officeQueue(name)), name, waiting);
  directory.replicas.setWaiting(name, undefined);
}

/** The office has said what became of a list. */
export function noteNamesAnswer(
  directory: Directory,
  name: string,
  head: EntryHead,
  outcomes: readonly Outcome[],
): void {
  const waiting = readOffer(directory.replicas.get(name).waiting);
  if (waiting === undefined || head.id !== idOf(name, waiting)) return;
  const [outcome] = outcomes;
  if (outcome === undefined || outcome.kind === "deferred") return;
  // A change that did not fit means that the office holds something else. A full copy that was refused would be refused
  // again: it counts as held until the next change.
  const apart = outcome.kind === "failed" && waiting.from !== undefined;
  directory.replicas.answered(name, waiting.replica, apart ? undefined : waiting.version);
}

/** What the office lacks; undefined: nothing. */
function offerFor({ names }: Directory, { policy, held, version: known }: Replica): Offer | undefined {
  const version = names.version();
  if (policy === "none") return held === "none" ? undefined : { replica: policy, version };
  const same = held === policy ? known : undefined;
  if (same !== undefined && same >= names.newest(policy === "book") && same <= version) return undefined;
  const reached = same !== undefined && names.changedSince(same, policy === "book") !== undefined;
  return { replica: policy, version, from: reached ? same : undefined };
}

/**
 * One state of the directory, which may be a little newer than the version it goes by: then the next list says some of it
 * again. undefined when it is more than a list may have.
 */
function contentOf(directory: Directory, { replica, version, from }: Offer, now: number): Uint8Array | undefined {
  const book = replica === "book";
  const { all, changed } = directory.read(() => ({
    all: replica === "none" ? [] : directory.names.all(book),
    changed: from === undefined ? undefined : directory.names.changedSince(from, book),
  }));
  if (all.length > MAX_NAMES) return undefined;
  const content = encodeNames({
    replica,
    version,
    at: Math.floor(now / 1000),
    sum: namesChecksum(all),
    ...partsOf(all, from, changed),
  });
  return content.length > MAX_NAMES_BYTES ? undefined : content;
}

/** The changes, unless they are as much as all that there is. */
function partsOf(
  all: readonly KnownName[],
  from: number | undefined,
  changed: readonly string[] | undefined,
): Pick<NamesUpdate, "from" | "put" | "removed"> {
  if (changed === undefined || changed.length >= all.length) return { put: all, removed: [] };
  const touched = new Set(changed);
  const put = all.filter(({ name }) => touched.delete(name));
  return { from, put, removed: [...touched].sort(compareNames) };
}

async function takeBack(queue: Queue, name: string, offer: Offer | undefined): Promise<void> {
  if (offer === undefined) return;
  const id = idOf(name, offer);
  for (const entry of await queue.list()) if (parseEntryName(entry.name)?.id === id) await queue.remove(entry);
}

async function isIn(queue: Queue, id: string): Promise<boolean> {
  return (await queue.list()).some((entry) => parseEntryName(entry.name)?.id === id);
}

function idOf(office: string, offer: Offer): string {
  return derivedMailId("names", office, writeOffer(offer));
}

function writeOffer({ replica, version, from }: Offer): string {
  return `${replica} ${version} ${from ?? "all"}`;
}

function readOffer(text: string | undefined): Offer | undefined {
  const [kind, version, from] = (text ?? "").split(" ");
  const replica = REPLICAS.find((one) => one === kind);
  if (replica === undefined) return undefined;
  return { replica, version: Number(version), from: from === "all" ? undefined : Number(from) };
}
