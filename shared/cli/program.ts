import { Command, CommanderError } from "commander";
import { EXIT, EXIT_MEANING, type ExitCode } from "./exit-codes.ts";
import { OtherExit } from "./failure.ts";
import { type Io, PROCESS_IO, printable } from "./io.ts";

export { type Io, PROCESS_IO };

/** The options that every command takes, before or after its name. */
export interface Globals {
  /** The node's data folder as given by `--dir`; see `dataFolder` for the rest of the rule. */
  dir?: string;
  json: boolean;
}

/** A command tree: every command made from it with `.command()` takes `--dir` and `--json` too. */
export function program(name: string, about: string): Command {
  return new QrelayCommand(name).description(about);
}

/** Adds the examples and the exit codes to a command's `--help`; 0 and 64 are always there. */
export function describe(command: Command, examples: string[], exits: [number, string][]): Command {
  const codes = new Map<number, string>([
    [EXIT.done, EXIT_MEANING[EXIT.done]],
    [EXIT.usage, EXIT_MEANING[EXIT.usage]],
    ...exits,
  ]);
  const rows = [...codes].sort(([a], [b]) => a - b).map(([code, says]) => `  ${String(code).padEnd(3)} ${says}`);
  const title = examples.length === 1 ? "Example:" : "Examples:";
  const text = [title, ...examples.map((line) => `  ${line}`), "", "Exit codes:", ...rows];
  return command.addHelpText("after", `\n${text.join("\n")}`);
}

/** `--dir` and `--json` wherever they stood on the command line; the one nearest the end wins. */
export function globals(command: Command): Globals {
  const merged: Globals = { json: false };
  for (const one of lineage(command)) {
    const { dir, json } = one.opts<Partial<Globals>>();
    if (dir !== undefined) merged.dir = dir;
    if (json !== undefined) merged.json = json;
  }
  return merged;
}

/** The node's data folder: `--dir`, else QRELAY_DIR, else the place of the packaged service. */
export function dataFolder(io: Io, g: Globals, node: "hub" | "spoke"): string {
  return g.dir ?? (io.env.QRELAY_DIR || `/var/lib/qrelay/${node}`);
}

/**
 * Runs the command that `argv` names (without node and script) and returns its exit code. Whatever
 * the command throws becomes one line on stderr; with QRELAY_DEBUG set, the stack as well.
 */
export async function run(tree: Command, argv: string[], io: Io): Promise<number> {
  speakThrough(tree, io);
  try {
    await tree.parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    return explainError(error, io);
  }
}

/** The answer of a command: with `--json` the document and nothing else on stdout, else the text for people. */
export function answer(io: Io, g: Globals, human: string, data: unknown): void {
  if (g.json) io.out(`${JSON.stringify(data)}\n`);
  else if (human !== "") io.out(human.endsWith("\n") ? printable(human) : `${printable(human)}\n`);
}

class QrelayCommand extends Command {
  constructor(name?: string) {
    super(name);
    // Positional: `checkpassword PROG --json` must hand --json to PROG, not keep it.
    this.enablePositionalOptions();
    this.exitOverride();
    this.showHelpAfterError("Add --help for the options and an example");
    this.option("--dir <dir>", "the node's data folder (else QRELAY_DIR)");
    this.option("--json", "one JSON document on stdout and nothing else");
  }

  override createCommand(name?: string): Command {
    return new QrelayCommand(name);
  }
}

function lineage(command: Command): Command[] {
  return command.parent === null ? [command] : [...lineage(command.parent), command];
}

function speakThrough(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out(text),
    writeErr: (text) => io.err(text),
    outputError: (text, write) => write(text.replace(/^error: /, "qrelay: ")),
  });
  for (const child of command.commands) speakThrough(child, io);
}

function explainError(error: unknown, io: Io): number {
  // Commander has already written its text: help asked for, or a usage error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  if (message !== "") io.err(`qrelay: ${printable(message)}\n`);
  if (error instanceof OtherExit) return error.code;
  if (io.env.QRELAY_DEBUG && error instanceof Error) io.err(`${printable(error.stack ?? "")}\n`);
  // What nobody foresaw is a deferral: a script that tries again later does the right thing.
  return exitOf(error);
}

/** A Failure's own code; a daemon's answer carries the code of the Failure it met. */
function exitOf(error: unknown): ExitCode {
  const exit = error instanceof Error && "exit" in error ? error.exit : undefined;
  return Object.values(EXIT).find((code) => code === exit) ?? EXIT.tempFail;
}
