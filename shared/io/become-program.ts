import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Runs a program in place of this process, with the same descriptors 0 to 2, in the current folder. Where that is not
 * possible it becomes a child, and the promise resolves with its exit code. Throws when there is no such program.
 */
export async function becomeProgram(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [name = "", ...args] = words;
  const path = findProgram(name, env.PATH ?? "/usr/local/bin:/usr/bin:/bin");
  // SIGPIPE stays ignored, as Node had it: the program is told by EPIPE that its reader has gone.
  // A failing execve ends Node with a core dump, so it is only tried where it will do. Who speaks to us over a channel would lose it.
  if (process.execve !== undefined && process.channel === undefined && isRunnable(path) && madeBlocking()) {
    process.execve(path, [name, ...args], env);
  }
  return await runChild(path, name, args, env);
}

/** As execvp does: a name with a slash is a path, others are looked for. */
function findProgram(name: string, path: string): string {
  const places = name.includes("/") ? [name] : path.split(delimiter).map((folder) => join(folder || ".", name));
  const found = places.find(isExecutable);
  if (name === "" || found === undefined)
    throw new Error(`Cannot run ${JSON.stringify(name)}: there is no such program`);
  return found.includes("/") ? found : `./${found}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Long enough for what Linux reads of a `#!` line. */
const HEAD = 256;

/** A binary, or a script whose interpreter is there. A script without `#!` is for a child: spawn gives it to a shell. */
function isRunnable(path: string): boolean {
  const head = headOf(path);
  if (head.startsWith("\x7fELF")) return true;
  const interpreter = /^#![ \t]*(\/[^\s]+)/.exec(head)?.[1];
  return interpreter !== undefined && isExecutable(interpreter);
}

/** Empty for a program that may be run but not read. */
function headOf(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(HEAD);
      return head.subarray(0, readSync(file, head)).toString("latin1");
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

interface Handle {
  setBlocking?(blocking: boolean): number;
}

/**
 * Node makes pipes and sockets at 0 to 2 non-blocking as soon as anything imports node:process, and a program that
 * inherits this takes "try again" for an error. spawn undoes it for a child, execve does not.
 */
function madeBlocking(): boolean {
  return [process.stdin, process.stdout, process.stderr].every((stream) => {
    const handle = (stream as { _handle?: Handle | null })._handle;
    // Files and the like have none, and never were anything else.
    return handle === undefined || handle === null || handle.setBlocking?.(true) === 0;
  });
}

function runChild(path: string, name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(path, args, { argv0: name, stdio: "inherit", env });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ["SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      for (const one of signals) process.off(one, forward);
      // Whoever started us shall see the same death.
      if (signal !== null) process.kill(process.pid, signal);
      else resolve(code ?? 0);
    });
  });
}
