import { isAutomatic } from "#shared/mail/automatic.js";
import { type Envelope, forRecipients, type Recipient } from "#shared/mail/envelope.js";
import { deferred, delivered, failed } from "#shared/mail/outcome.js";
import type { EntryHead } from "#shared/queue/entry.js";
import { settlePolicyOf } from "#shared/queue/policies.js";
import type { OpenEntry, Queue } from "#shared/queue/queue.js";
import { scanHeader } from "#shared/queue/report.js";
import { believableAge } from "#shared/queue/retry.js";
import type { Attempt, RunnerOptions } from "#shared/queue/runner.js";
import { type SortContext, sortRouted } from "#shared/queue/sorter.js";
import { type AskContext, askOwner } from "./ask-owner.ts";
import { DECISION, eachHeld } from "./find-held.ts";
import type { ModeratedLists } from "./moderated-lists.ts";

/**
 * Works the queue of held mail: messages that wait for the word of a list's owner, and the words. A word is written into
 * the entry that it is about before it goes itself; from then on the entry is sorted, or bounces, like any other. A crash before that
 * reads the word again, and one after it finds an entry that is decided. One entry at a time, so that no word meets a message
 * that is being looked at.
 */
export interface ModerationContext extends SortContext, Omit<AskContext, keyof SortContext> {
  /** Routes what has been accepted: who wrote it is not asked. */
  readonly route: SortContext["route"];
  readonly queue: Queue;
  /** Has all entries looked at now. */
  readonly again: () => void;
}

type Word = NonNullable<ReturnType<ModeratedLists["approvalAt"]>>;

export function moderate(context: ModerationContext): RunnerOptions["attempt"] {
  return async (open) => {
    const { head } = open;
    if (head.fields[DECISION] === "accept") return release(context, open);
    const [first, ...others] = head.envelope.recipients;
    if (first === undefined) return { outcomes: [] };
    if (others.length === 0) return attemptOne(context, open, first);
    // Each list has its owner, and each word its message: from here on they are entries of their own.
    for (const other of others) await addFor(context, open, other);
    const alone = { ...head, envelope: forRecipients(head.envelope, [first]) };
    const { outcomes, head: changed = alone } = await attemptOne(context, { ...open, head: alone }, first);
    return { outcomes, head: changed };
  };
}

function addFor({ store, queue }: ModerationContext, { head, message }: OpenEntry, recipient: Recipient) {
  const envelope: Envelope = forRecipients(head.envelope, [recipient]);
  return store.deliver({ kind: "queue", name: queue.name }, { ...head, envelope }, message());
}

async function attemptOne(context: ModerationContext, open: OpenEntry, recipient: Recipient): Promise<Attempt> {
  const word = context.lists.approvalAt(recipient.address);
  if (word !== undefined) return obey(context, open, word);
  return open.head.fields[DECISION] === "reject" ? rejected(open, recipient) : hold(context, open, recipient.address);
}

async function obey(context: ModerationContext, open: OpenEntry, word: Word): Promise<Attempt> {
  const { verdict, mailId, address } = word;
  const header = await scanHeader(open);
  if (isAutomatic(open.head.envelope.sender, (name) => header.field(name)))
    return { outcomes: [failed("5.7.1", "a program has sent this, and only people decide about a message")] };
  let found: "decided" | "none" | "several" = "none";
  await eachHeld(
    context.queue,
    async (held, lists) => {
      if (!lists.includes(address)) return;
      found = lists.length === 1 ? "decided" : "several";
      if (found === "decided") await decide(context, held, word, open.head);
    },
    mailId,
  );
  if (found === "none") return { outcomes: [delivered(`nothing to ${verdict}: it was decided before`)] };
  context.again();
  // A crash has kept the entry from becoming one for each list; that comes first.
  if (found === "several") return { outcomes: [deferred("4.3.0", "the message is being prepared")] };
  return { outcomes: [delivered(`${verdict}ed`)] };
}

async function decide(
  { queue, log }: ModerationContext,
  held: OpenEntry,
  { verdict, mailId, address }: Word,
  word: EntryHead,
): Promise<void> {
  await queue.rewrite(held, { ...held.head, fields: { ...held.head.fields, [DECISION]: verdict } });
  log("moderated", { mail: mailId, list: address, outcome: verdict, by: word.envelope.sender, report: word.id });
}

/** As if whoever may had posted it. What cannot be written now stays here, under its next name. */
async function release(context: ModerationContext, open: OpenEntry): Promise<Attempt> {
  const { deliveredTo } = await scanHeader(open);
  const route: SortContext["route"] = (address, origin) => {
    const found = context.route(address, origin);
    // It bears the list's line since it was held: a second one would say nothing new, and the first is no loop.
    if (found.kind !== "to" || found.expanded === undefined || !deliveredTo.has(found.expanded)) return found;
    const { expanded: _, ...unmarked } = found;
    return unmarked;
  };
  const given = open.head.envelope.recipients.map((recipient) => ({ recipient, again: true }));
  return sortRouted({ ...context, route }, open, given, context.queue.name);
}

function rejected({ head }: OpenEntry, recipient: Recipient): Attempt {
  const outcomes = [failed("5.7.1", `the owner of ${recipient.address} did not accept this message`)];
  if (head.envelope.sender !== "") return { outcomes };
  // Nobody waits for an answer, and postmaster need not hear that an owner has refused a bounce.
  const untold = forRecipients(head.envelope, [{ ...recipient, notify: "NEVER" }]);
  return { outcomes, head: { ...head, envelope: untold } };
}

/** The owner is asked at once, and once more when senders of other mail hear that it takes longer. */
async function hold(context: ModerationContext, open: OpenEntry, list: string): Promise<Attempt> {
  const { head } = open;
  const found = context.lists.at(list);
  if (found === undefined) return { outcomes: [failed("5.1.1", `there is no list ${list} any more`)] };
  const waits = deferred("4.7.1", `held for the approval of the owner of ${list}`);
  const { delayNotice } = settlePolicyOf(context, head.fields, context.policy);
  const late = believableAge(head.born, context.now() / 1000) >= delayNotice;
  const time = late ? 2 : 1;
  if (Number(head.fields.asked ?? 0) >= time) return { outcomes: [waits] };
  const problem = await askOwner(context, open, list, found.owner, time);
  if (problem !== undefined) return { outcomes: [deferred("4.7.1", `${waits.text}, who cannot be asked: ${problem}`)] };
  return { outcomes: [waits], head: { ...head, fields: { ...head.fields, asked: String(time) } } };
}
