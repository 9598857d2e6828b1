import type { Pop3Step } from "./pop3-session.ts";

/** One message as the client sees it; its number is its place in the list, from 1. */
export interface Pop3Message {
  readonly uid: string;
  readonly octets: number;
}

/** The mailbox as it was when the session opened it, with the marks of DELE. */
export interface OpenBox {
  readonly messages: readonly Pop3Message[];
  readonly deleted: Set<number>;
}

type Command = (box: OpenBox, args: readonly string[]) => Pop3Step | undefined;

/** TRANSACTION state (RFC 1939 §5, §7). A command gives undefined when its arguments are wrong. */
export const TRANSACTION_COMMANDS: Readonly<Record<string, Command>> = {
  STAT: (box, args) => {
    if (args.length > 0) return undefined;
    const left = remaining(box);
    return ok(`${left.length} ${totalOctets(box, left)}`);
  },
  LIST: (box, args) => listing(box, args, (message) => String(message.octets)),
  UIDL: (box, args) => listing(box, args, (message) => message.uid),
  RETR: (box, args) => (args.length === 1 ? sending(box, args[0], undefined) : undefined),
  TOP: (box, args) => {
    const lines = number(args[1]);
    return args.length === 2 && lines !== undefined ? sending(box, args[0], lines) : undefined;
  },
  DELE: (box, args) => {
    if (args.length !== 1) return undefined;
    return withMessage(box, args[0], (index) => {
      box.deleted.add(index);
      return ok(`Message ${index + 1} will be deleted at QUIT`);
    });
  },
  NOOP: (_box, args) => (args.length === 0 ? ok("Nothing done") : undefined),
  RSET: (box, args) => {
    if (args.length > 0) return undefined;
    box.deleted.clear();
    return ok("No message will be deleted");
  },
};

/** Octets of all messages, as STAT gives them for those not deleted. */
export function totalOctets(box: OpenBox, indexes: readonly number[] = remaining(box)): number {
  return indexes.reduce((sum, index) => sum + (box.messages[index]?.octets ?? 0), 0);
}

function remaining(box: OpenBox): number[] {
  return [...box.messages.keys()].filter((index) => !box.deleted.has(index));
}

function listing(box: OpenBox, args: readonly string[], show: (message: Pop3Message) => string): Pop3Step | undefined {
  if (args.length > 1) return undefined;
  if (args.length === 1) return withMessage(box, args[0], (index, message) => ok(`${index + 1} ${show(message)}`));
  const lines = remaining(box).map((index) => {
    const message = box.messages[index];
    return message === undefined ? "" : `${index + 1} ${show(message)}\r\n`;
  });
  return ok(`${lines.length} messages\r\n${lines.join("")}.`);
}

function sending(box: OpenBox, word: string | undefined, bodyLines: number | undefined): Pop3Step {
  return withMessage(box, word, (index, message) => {
    const text = bodyLines === undefined ? `+OK ${message.octets} octets` : "+OK Top of message follows";
    return { do: "send", index, text, ...(bodyLines === undefined ? {} : { bodyLines }) };
  });
}

function withMessage(
  box: OpenBox,
  word: string | undefined,
  then: (index: number, message: Pop3Message) => Pop3Step,
): Pop3Step {
  const index = (number(word) ?? 0) - 1;
  const message = box.messages[index];
  if (message === undefined) return { do: "reply", text: `-ERR No such message, there are ${box.messages.length}` };
  if (box.deleted.has(index)) return { do: "reply", text: `-ERR Message ${index + 1} is deleted` };
  return then(index, message);
}

/** Ten digits are more than any mailbox or message has. */
function number(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined;
}

function ok(text: string): Pop3Step {
  return { do: "reply", text: `+OK ${text}` };
}
