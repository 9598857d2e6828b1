import { createHash } from "node:crypto";
import { ALIASES_LOCAL } from "#shared/link/node-address.js";
import { encodeOfficeNames } from "#shared/link/office-names.js";
import { derivedMailId } from "#shared/mail/mail-id.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { type EntryHead, parseEntryName } from "#shared/queue/entry.js";
import { OUTBOUND, type SpokeNode } from "./node.ts";

/**
 * The names of this office's aliases travel to headquarters as a message for the hub itself, in the outbound queue: all of
 * them after each change, and once more when the key of the link is another. It is made when the hub is on the line, so that
 * only the newest waits; while nothing has changed nothing is sent, and an office without aliases never says anything.
 */
type Teller = Pick<SpokeNode, "config" | "directory" | "store" | "now">;

/** A hub from before this list refuses it; by and by it will have been renewed. */
const ASK_AGAIN_MS = 7 * 86_400_000;
/** Versions looked for when an older list is to be taken back; telling an even older one is mended by the newest. */
const SUPERSEDED = 1000;

/** Puts into the queue what the hub has not confirmed yet. Call it with the queue's turn taken. */
export async function queueAliases(node: Teller): Promise<void> {
  const { config, directory, store, now } = node;
  const { settings, aliases } = directory;
  const version = newestVersion(node);
  if (isTold(node, version)) return;
  const refusedAt = settings.get("aliasesRefusedAt");
  // Also when the clock was set back since.
  if (refusedAt !== undefined && Math.abs(now() - refusedAt) < ASK_AGAIN_MS) return;
  await takeBack(node, version - 1);
  const id = idOf(node, version);
  const queue = store.queue(OUTBOUND);
  if ((await queue.list()).some((entry) => parseEntryName(entry.name)?.id === id)) return;
  await queue.add(
    {
      id,
      born: Math.floor(now() / 1000),
      envelope: { sender: "", recipients: [{ address: `${ALIASES_LOCAL}@${config.hub}`, notify: "NEVER" }] },
      fields: {},
    },
    [encodeOfficeNames(aliases.names())],
  );
}

/** Takes an unsent list back: a server that speaks plain QMTP has no use for it. */
export async function withdrawAliases(node: Teller): Promise<void> {
  if (!isTold(node, newestVersion(node))) await takeBack(node, newestVersion(node));
}

/** The hub has said what became of a list. */
export function noteAliasesAnswer(node: Teller, head: EntryHead, outcomes: readonly Outcome[]): void {
  const { settings } = node.directory;
  const version = newestVersion(node);
  const [outcome] = outcomes;
  // Of an older list nothing need be noted: the newest is still to be told.
  if (outcome === undefined || head.id !== idOf(node, version)) return;
  if (outcome.kind === "failed") settings.set("aliasesRefusedAt", node.now());
  if (outcome.kind !== "delivered") return;
  node.directory.transaction(() => {
    settings.set("aliasesTold", version);
    settings.set("aliasesToldKey", keyMark(node));
    settings.forget("aliasesRefusedAt");
  });
}

function newestVersion({ directory }: Teller): number {
  return directory.settings.get("aliasesVersion") ?? 0;
}

function isTold(node: Teller, version: number): boolean {
  const { settings } = node.directory;
  if (version === 0) return true;
  return settings.get("aliasesTold") === version && settings.get("aliasesToldKey") === keyMark(node);
}

/** With a new key the hub has forgotten what this office has told it. */
function keyMark({ config }: Teller): number {
  return createHash("sha256").update(config.key).digest().readUIntBE(0, 6);
}

function idOf(node: Teller, version: number): string {
  return derivedMailId("aliases", node.config.office, String(keyMark(node)), String(version));
}

/** Removes what waits of the versions up to `last`. */
async function takeBack(node: Teller, last: number): Promise<void> {
  const ids = new Set<string>();
  for (let version = Math.max(1, last - SUPERSEDED); version <= last; version += 1) ids.add(idOf(node, version));
  const queue = node.store.queue(OUTBOUND);
  for (const entry of ids.size === 0 ? [] : await queue.list())
    if (ids.has(parseEntryName(entry.name)?.id ?? "")) await queue.remove(entry);
}
