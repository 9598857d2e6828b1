import { existsSync } from "node:fs";
import type { Command } from "commander";
import { hubStore } from "#hub/hub-store.js";
import { eachHeld } from "#hub/moderation/find-held.js";
import { type GivenWord, giveWord } from "#hub/moderation/give-word.js";
import { MODERATION } from "#hub/router.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { formatDuration, formatSize } from "#shared/cli/units.js";
import { splitAddress } from "#shared/mail/address.js";
import type { Verdict } from "#shared/mail/approval.js";
import { decodeWords, headerSafe } from "#shared/mail/header-text.js";
import { scanHeader } from "#shared/queue/report.js";
import { registerVerbs } from "./alias-verbs.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { askOrDo } from "./with-node.ts";

/** `qrelay hub list …`: lists, and mail that is held for their owners, for those who cannot answer by mail. */
export function register(parent: Command, io: Io): void {
  const list = parent.command("list").description("Lists: aliases with an owner; and the mail that is held for them");
  registerVerbs(list, io, "list");
  registerHeld(list, io);
  registerVerdict(list, io, "accept", "Sends a message that is held to its list, as the owner's reply does");
  registerVerdict(list, io, "reject", "Refuses a message that is held: its sender is told so");
}

function registerHeld(parent: Command, io: Io): void {
  const held = parent
    .command("held")
    .argument("[list]", "only of this list: its name, or NAME@DOMAIN")
    .description("Messages that wait for the word of a list's owner, oldest first");
  describe(held, ["qrelay hub list held", "qrelay hub list held announce --json"], COMMON_EXITS);
  held.action((list: string | undefined, _options: unknown, command: Command) =>
    withHub(io, command, async (hub) => {
      const messages = await heldMessages(hub, list);
      answer(io, hub.globals, heldText(messages), { messages });
    }),
  );
}

interface HeldMessage {
  readonly id: string;
  readonly lists: readonly string[];
  readonly sender: string;
  readonly subject: string;
  readonly bytes: number;
  /** ISO time. */
  readonly born: string;
}

async function heldMessages({ config, directory }: Hub, list: string | undefined): Promise<HeldMessage[]> {
  const queue = hubStore(config, directory).queue(MODERATION);
  const messages: HeldMessage[] = [];
  // There from the first start on of a release that holds mail.
  if (!existsSync(queue.maildir.path)) return messages;
  const wanted = list?.toLowerCase();
  await eachHeld(queue, async (open, lists) => {
    if (wanted !== undefined && !lists.some((one) => one === wanted || splitAddress(one).local === wanted)) return;
    const { id, born, envelope } = open.head;
    const subject = headerSafe(decodeWords((await scanHeader(open)).field("subject") ?? ""), 200);
    const at = new Date(born * 1000).toISOString();
    messages.push({ id, lists, sender: envelope.sender, subject, bytes: open.size, born: at });
  });
  return messages;
}

function heldText(messages: readonly HeldMessage[]): string {
  if (messages.length === 0) return "nothing is held\n";
  return table(
    messages.map((one) => [
      one.id,
      one.lists.join(", "),
      formatDuration(Math.max(0, Date.now() - Date.parse(one.born))),
      formatSize(one.bytes),
      `<${one.sender}>`,
      one.subject,
    ]),
    ["mail id", "list", "age", "size", "from", "subject"],
  );
}

function registerVerdict(parent: Command, io: Io, verdict: Verdict, says: string): void {
  const command = parent
    .command(verdict)
    .argument("<id>", "mail id, as `list held` shows it")
    .argument("[list]", "only for this list, where it is held for several")
    .description(says);
  describe(
    command,
    [`qrelay hub list ${verdict} ABCDEFGHIJKLMNOP`],
    [...COMMON_EXITS, [EXIT.tempFail, "the daemon holds the folder and does not answer"]],
  );
  command.action(async (id: string, list: string | undefined) => {
    const g = globals(command);
    const args = { verdict, id, ...(list === undefined ? {} : { list }) };
    const given = await askOrDo<GivenWord>(dataFolder(io, g, "hub"), { command: "held", args }, async (node) => {
      const done = await giveWord(node, verdict, id, list);
      await node.engine.workNow(MODERATION);
      return done;
    });
    answer(io, g, `${given.id} is ${verdict}ed for ${given.lists.join(", ")}`, given);
  });
}
