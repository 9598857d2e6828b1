import { access, constants } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { addressProblem, isDomain, splitAddress } from "#shared/mail/address.js";
import type { Envelope } from "#shared/mail/envelope.js";
import { newMailId } from "#shared/mail/mail-id.js";
import { Spool } from "#shared/queue/spool.js";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { answer, describe, globals, type Io } from "./program.ts";
import { parseFlags, type SendmailFlags } from "./sendmail/flags.ts";
import { handOver } from "./sendmail/hand-over.ts";
import { completeHeader, type Field, HeaderReader, recipientsOf } from "./sendmail/header.ts";
import { Intake } from "./sendmail/intake.ts";
import { actAsOwner, findLocalNode, type LocalNode } from "./sendmail/node.ts";

/**
 * `qrelay sendmail`: what programs that call /usr/sbin/sendmail expect. Exit 0 means that the message is durable:
 * at the node that answered 250, or in queue/sorting, written here. A crash before that leaves nothing.
 */
export function register(parent: Command, io: Io): void {
  const command = parent
    .command("sendmail")
    .description("takes a message from stdin, like sendmail; works with the node down too")
    .usage("[-t] [-i] [-f SENDER] [-F NAME] [RCPT…]")
    // Sendmail's flags (-oi, -fSENDER) are no commander's: all of them go to our own parser.
    .argument("[words...]", "flags and recipients")
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption("--help", "display help for command")
    .addHelpText("after", FLAGS);
  describe(
    command,
    ["printf 'Subject: disk full\\n\\nLook at it\\n' | qrelay sendmail root", "qrelay sendmail -t -i < message"],
    [
      [EXIT.badData, "the message or a recipient cannot be used"],
      [EXIT.tempFail, "the node puts it off, or nobody answers and its folder cannot be written: try again"],
      [EXIT.notPermitted, "the node refuses to relay to a recipient"],
      [EXIT.config, "there is no node here, or its file cannot be used"],
    ],
  );
  command.action(async (words: string[]) => {
    const parsed = parseFlags(words);
    if ("problem" in parsed) throw new Failure(EXIT.usage, parsed.problem);
    const g = globals(command);
    const { flags } = parsed;
    const dir = flags.dir ?? g.dir ?? (io.env.QRELAY_DIR || undefined);
    const report = await send(io, flags, findLocalNode(dir));
    answer(io, { json: g.json || flags.json }, "", report);
  });
}

const FLAGS = `
Flags:
  -t         recipients also from To, Cc and Bcc; Bcc is removed
  -i, -oi    a line with a single dot does not end the message
  -f, -r S   envelope sender; -f '' for none
  -F NAME    full name, for a missing From
  -N WHEN    never, or some of success,failure,delay
  other flags of sendmail (-oem, -odq, -bm, -v, …) are taken and change nothing`;

async function send(io: Io, flags: SendmailFlags, node: LocalNode): Promise<object> {
  const login = loginName(io);
  if (node.dir !== undefined) actAsOwner(node.dir);
  const spool = new Spool(node.dir === undefined ? tmpdir() : await spoolFolder(node.dir));
  try {
    const id = newMailId();
    const sender = flags.sender === undefined ? `${login}@${node.host}` : qualified(flags.sender, node);
    const { fields, hasNul } = await readMessage(io.stdin, flags, node, spool, (header) =>
      completeHeader(header, {
        hideBcc: flags.fromHeader,
        sender: {
          address: sender === "" ? `MAILER-DAEMON@${node.host}` : sender,
          ...(flags.fullName === undefined ? {} : { fullName: flags.fullName }),
        },
        messageId: `${id.toLowerCase()}@${node.domain}`,
        date: new Date(),
      }),
    );
    return await handOver(node, envelopeOf(flags, node, sender, fields), { id, spool, hasNul });
  } finally {
    await spool.discard();
  }
}

/** Who calls us; LOGNAME first, for the many logins that share a user id. */
function loginName(io: Io): string {
  try {
    return io.env.LOGNAME || userInfo().username;
  } catch {
    // No such user in /etc/passwd, as in many containers.
    return "root";
  }
}

/** An ordinary user may not write the node's folder: such a message waits where such users' files do. */
async function spoolFolder(dir: string): Promise<string> {
  return access(dir, constants.W_OK).then(
    () => join(dir, "partial"),
    () => tmpdir(),
  );
}

/** Reads stdin to its end into the spool: 64 KB in memory at the most. The header is completed on the way. */
async function readMessage(
  stdin: NodeJS.ReadableStream,
  flags: SendmailFlags,
  node: LocalNode,
  spool: Spool,
  complete: (fields: readonly Field[]) => Uint8Array,
): Promise<{ fields: readonly Field[]; hasNul: boolean }> {
  const intake = new Intake(flags.dotsAreText);
  const header = new HeaderReader();
  const take = async (text: Uint8Array, last: boolean): Promise<void> => {
    const before = header.done;
    let body = before ? text : header.feed(text);
    if (last && !header.done) body = header.end();
    if (header.problem !== undefined) throw new Failure(EXIT.badData, header.problem);
    if (!before && header.done) await spool.write(complete(header.fields));
    if (body.length > 0) await spool.write(body);
    if (spool.size > node.maxMessage) {
      throw new Failure(
        EXIT.badData,
        `Cannot send: the message is larger than ${node.maxMessage} bytes, which is all that ${node.host} takes`,
      );
    }
  };
  for await (const chunk of stdin) {
    await take(intake.take(typeof chunk === "string" ? Buffer.from(chunk) : chunk), false);
    if (intake.ended) break;
  }
  await take(intake.end(), true);
  return { fields: header.fields, hasNul: intake.hasNul };
}

function envelopeOf(flags: SendmailFlags, node: LocalNode, sender: string, fields: readonly Field[]): Envelope {
  const named = flags.fromHeader ? recipientsOf(fields) : { addresses: [], wrong: [] };
  if (named.wrong.length > 0)
    throw new Failure(EXIT.badData, `Cannot send to "${named.wrong.join('", "')}": it is no address`);
  const given = flags.recipients.map((text) => text.replace(/^<(.*)>$/, "$1"));
  const recipients = [...new Set([...given, ...named.addresses].map((address) => qualified(address, node)))];
  if (recipients.length === 0)
    throw new Failure(EXIT.badData, "Cannot send: the header names no recipient in To, Cc or Bcc");
  return {
    sender,
    recipients: recipients.map((address) => ({
      address,
      ...(flags.notify === undefined ? {} : { notify: flags.notify }),
    })),
    ...([sender, ...recipients].some((address) => /[^ -~]/.test(address)) ? { smtputf8: true } : {}),
  };
}

function qualified(address: string, node: LocalNode): string {
  if (address === "") return "";
  const { local, domain } = splitAddress(address);
  const bad =
    addressProblem(address) ??
    (local === ""
      ? "it has no local part"
      : address.includes("@") && !isDomain(domain)
        ? `"${domain}" is no domain`
        : undefined);
  if (bad !== undefined) throw new Failure(EXIT.badData, `Cannot send to or from ${JSON.stringify(address)}: ${bad}`);
  return address.includes("@") ? address : `${address}@${node.host}`;
}
