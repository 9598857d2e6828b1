import type { Envelope, Recipient } from "#shared/mail/envelope.js";
import { MAX_RECIPIENTS } from "./limits.ts";
import { readMailParameters, readRcptParameters } from "./parameters.ts";
import { parsePathCommand } from "./path-command.ts";
import { type Refusal, refuse } from "./types.ts";

/** One mail transaction between MAIL and the end of DATA. */
export interface Transaction {
  readonly sender: string;
  /** Bytes as they cross the wire. */
  readonly maxMessage: number;
  readonly smtputf8: boolean;
  readonly dsn: Pick<Envelope, "ret" | "envid">;
  /** By address: a recipient named again replaces what was said before. */
  readonly recipients: Map<string, Recipient>;
}

/** RFC 6531 §3.7.1. */
const NEEDS_SMTPUTF8 = refuse(553, "5.6.7", "Address with non-ASCII characters needs SMTPUTF8");

/** MAIL: a new transaction, or why not. @param limitOf bytes that a message from this sender may have */
export function openTransaction(line: Buffer, limitOf: (sender: string) => number): Transaction | Refusal {
  const command = parsePathCommand(line, "MAIL");
  if (!command.ok) return command;
  const parameters = readMailParameters(command.parameters);
  if (!parameters.ok) return parameters;
  const maxMessage = limitOf(command.address);
  if (parameters.size > maxMessage) return refuse(552, "5.3.4", `Message exceeds the limit of ${maxMessage} bytes`);
  if (!parameters.smtputf8 && !isAscii(command.address)) return NEEDS_SMTPUTF8;
  const { smtputf8, dsn } = parameters;
  return { sender: command.address, maxMessage, smtputf8, dsn, recipients: new Map() };
}

/** RCPT: one recipient, not yet added, or why not. */
export function readRecipient(line: Buffer, transaction: Transaction): Recipient | Refusal {
  const command = parsePathCommand(line, "RCPT");
  if (!command.ok) return command;
  const parameters = readRcptParameters(command.parameters);
  if (!parameters.ok) return parameters;
  if (!transaction.smtputf8 && !isAscii(command.address)) return NEEDS_SMTPUTF8;
  const full = transaction.recipients.size >= MAX_RECIPIENTS && !transaction.recipients.has(command.address);
  if (full) return refuse(452, "4.5.3", "Too many recipients, send the rest in another message");
  return { address: command.address, ...parameters.dsn };
}

export function envelopeOf(transaction: Transaction): Envelope {
  return {
    sender: transaction.sender,
    recipients: [...transaction.recipients.values()],
    ...transaction.dsn,
    ...(transaction.smtputf8 ? { smtputf8: true } : {}),
  };
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
