import { joinAddress, splitAddress } from "./address.ts";
import { targetProblem } from "./target.ts";

/**
 * What somebody wants done with her mail, in dot-qmail's words (qmail's dot-qmail(5); pure). One instruction a line:
 *
 * - `./` or any path that begins so: her own mailbox
 * - `&address`, or an address: another copy goes there
 * - `|command`: a program that gets the message; its exit code decides what follows
 * - `#` begins a comment; after `+list` only addresses may follow
 */
export type Instruction =
  | { readonly kind: "mailbox" }
  | { readonly kind: "forward"; readonly address: string }
  | { readonly kind: "program"; readonly command: string };

export interface InstructionProblem {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Bytes of one record: a page of text. Records travel to the office with its people. */
export const MAX_INSTRUCTIONS = 4096;
/** Instructions of one record: a page of a person's, not a list. */
const MAX_LINES = 100;
/** Bytes of a command: what a shell's line may have, and a person may still read. */
const MAX_COMMAND = 1000;

/** No line at all means the mailbox, as an empty .qmail does. */
export function parseInstructions(text: string): Instruction[] | InstructionProblem {
  const lines = text.split("\n").map((line) => line.replace(/[ \t\r]+$/, ""));
  if (lines[0] === "" && lines.some((line) => line !== ""))
    return { line: 1, text: "the first line is blank, for which qmail would defer all mail: take it out" };
  const found: Instruction[] = [];
  let forwardsOnly = false;
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    if (line === "+list") {
      forwardsOnly = true;
      continue;
    }
    const one = instructionOf(line);
    const problem =
      "problem" in one ? one.problem : forwardsOnly && one.kind !== "forward" ? "only addresses may follow +list" : "";
    if (problem !== "" || "problem" in one) return { line: index + 1, text: problem };
    found.push(one);
    if (found.length > MAX_LINES) return { line: index + 1, text: `more than ${MAX_LINES} instructions` };
  }
  const told = lines.some((line) => line !== "");
  if (told && found.length === 0)
    return { line: 1, text: "nothing would become of the mail: write ./ to keep it in the mailbox" };
  return found.length === 0 ? [{ kind: "mailbox" }] : found;
}

function instructionOf(line: string): Instruction | { problem: string } {
  if (line.startsWith("|")) {
    const command = line.slice(1).trim();
    const problem = commandProblem(command);
    return problem === undefined ? { kind: "program", command } : { problem };
  }
  if (line.startsWith("./")) return { kind: "mailbox" };
  if (line.startsWith("/"))
    return { problem: `files are not written: write ./ for the mailbox instead of ${JSON.stringify(line)}` };
  if (line.startsWith("+")) return { problem: `${JSON.stringify(line)} means nothing: only +list does` };
  const address = line.replace(/^&/, "").trim();
  const problem = targetProblem(address);
  return problem === undefined ? { kind: "forward", address } : { problem: `${JSON.stringify(address)}: ${problem}` };
}

/** A command is the administrator's own text; nothing of a message is ever put into it. */
export function commandProblem(command: string): string | undefined {
  if (command === "") return "the command is empty";
  if (Buffer.byteLength(command) > MAX_COMMAND) return `the command is longer than ${MAX_COMMAND} bytes`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\x00-\x08\x0a-\x1f\x7f]/.test(command) ? "the command has control characters in it" : undefined;
}

/** A record that answers for an extension, and what its `default` stands for. */
export interface FoundInstructions {
  /** "" for the person's own; `news`, `news-default` or `default` for an extension. */
  readonly record: string;
  readonly instructions: readonly Instruction[];
  readonly rest: string;
}

/** The name that mail for an extension of somebody is written to: `holly-news`, `info-news@shop.example`. */
export function extendedName(person: string, extension: string): string {
  const { local, domain } = splitAddress(person);
  return extension === "" ? person : joinAddress(`${local}-${extension}`, domain);
}

/**
 * qmail-local's search: the extension itself, then `default` behind ever shorter beginnings of it that end in a hyphen.
 *
 * @param textOf the record of that name
 */
export function findInstructions(
  extension: string,
  textOf: (record: string) => string | undefined,
): FoundInstructions | undefined {
  for (const { record, rest } of recordsFor(extension)) {
    const text = textOf(record);
    if (text === undefined) continue;
    const instructions = parseInstructions(text);
    // Looked at when it was written; what a later version refuses is no reason to lose mail.
    return { record, instructions: Array.isArray(instructions) ? instructions : [{ kind: "mailbox" }], rest };
  }
  return undefined;
}

function* recordsFor(extension: string): Generator<{ record: string; rest: string }> {
  yield { record: extension, rest: "" };
  if (extension === "") return;
  for (let end = extension.lastIndexOf("-"); end > 0; end = extension.lastIndexOf("-", end - 1))
    yield { record: `${extension.slice(0, end)}-default`, rest: extension.slice(end + 1) };
  yield { record: "default", rest: extension };
}
