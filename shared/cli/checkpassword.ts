import { closeSync, fstatSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { becomeProgram } from "#shared/io/become-program.js";
import type { LoggedIn, LogInAt } from "#shared/mailbox/check-login.js";
import { CHECKPASSWORD_EXIT, MAX_HANDED, readHanded } from "#shared/mailbox/checkpassword.js";
import { EXIT } from "./exit-codes.ts";
import { OtherExit } from "./failure.ts";
import { findNode } from "./find-node.ts";
import { describe, globals, type Io } from "./program.ts";

/** How each kind of node answers a login; the rooms shared by both cannot know. */
export type LogIns = Readonly<Record<"hub" | "spoke", () => Promise<{ readonly logInAt: LogInAt }>>>;

const { wrongPassword, misuse, temporary } = CHECKPASSWORD_EXIT;

const ABOUT = `
Reads login NUL password NUL timestamp NUL from descriptor 3, at most ${MAX_HANDED} bytes, as qmail-popup and other programs that
know Bernstein's checkpassword write them. The login is the full address or the name alone, the password that of POP3.
PROG runs in the folder that holds the Maildir, with USER, HOME and SHELL set, so that this serves a mailbox:

  qmail-popup kabul.example.org qrelay checkpassword --dir /srv/hub qmail-pop3d Maildir

The user id stays as it is, for all mailboxes belong to the user whose node it is: run it as that user.`;

/** `qrelay checkpassword PROG…`: tells nobody the login or the password, neither a log nor a command line. */
export function register(parent: Command, io: Io, logIns: LogIns): void {
  const command = parent
    .command("checkpassword")
    .description("checks a password given on descriptor 3, and runs a program for whose it is")
    .usage("[--dir <dir>] PROG…")
    // Not <prog>: who calls it wrongly is to be told so by this interface's own exit code.
    .argument("[prog...]", "the program and its arguments")
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText("after", ABOUT);
  describe(
    command,
    ["qrelay checkpassword --dir /srv/hub id 3< login"],
    [
      [EXIT.done, "what PROG exits with, as any other code"],
      [wrongPassword, "the login or the password is wrong"],
      [misuse, "it is called wrongly"],
      [temporary, "the node cannot be asked now, or PROG cannot be run: try again"],
    ],
  );
  command.action(async (words: string[]) => {
    const [program = ""] = words;
    if (program === "" || program.startsWith("-"))
      throw new OtherExit(
        misuse,
        "Cannot check a password: name the program to run, as in `qrelay checkpassword PROG`",
      );
    try {
      const handed = readHanded(await readDescriptor());
      if (handed.kind === "too-long") throw new OtherExit(wrongPassword, "");
      if (handed.kind === "malformed") throw new OtherExit(misuse, NOTHING_HANDED);
      const { kind, dir } = findNode(io, globals(command));
      assertOwner(dir);
      const { logInAt } = await logIns[kind]();
      const person = await logInAt(dir, handed.login, handed.password);
      if (person === undefined) throw new OtherExit(wrongPassword, "");
      const code = await becomeProgram(words, environmentOf(io.env, enter(person)));
      if (code !== 0) throw new OtherExit(code, "");
    } catch (error) {
      if (error instanceof OtherExit) throw error;
      throw new OtherExit(temporary, error instanceof Error ? error.message : String(error));
    }
  });
}

const DESCRIPTOR = 3;
const NOTHING_HANDED =
  "Cannot check a password: wanted login NUL password NUL timestamp NUL on descriptor 3; qmail-popup and its like write that";

/** To its end, or one byte more than may be. */
async function readDescriptor(): Promise<Uint8Array> {
  assertHanded();
  const bytes = Buffer.alloc(MAX_HANDED + 1);
  let length = 0;
  for (;;) {
    const got = readSome(bytes, length);
    if (got === "later") await sleep(LATER_MS);
    else length += got;
    if (got === 0 || length > MAX_HANDED) break;
  }
  closeSync(DESCRIPTOR);
  return bytes.subarray(0, length);
}

/** How long to wait for a descriptor that does not block. */
const LATER_MS = 10;

function readSome(bytes: Buffer, offset: number): number | "later" {
  try {
    return readSync(DESCRIPTOR, bytes, { offset });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return "later";
    throw error;
  }
}

/** When nobody hands it over, 3 is free, and Node itself has opened something there. */
function assertHanded(): void {
  let sound = false;
  try {
    const stats = fstatSync(DESCRIPTOR);
    sound = stats.isFIFO() || stats.isSocket() || stats.isFile() || stats.isCharacterDevice();
  } catch {
    // Not open at all.
  }
  if (!sound) throw new OtherExit(misuse, NOTHING_HANDED);
}

/** A program that serves a stranger must not come to run as root because nobody thought of it. */
function assertOwner(dir: string): void {
  if (process.geteuid?.() !== 0 || statSync(dir).uid === 0) return;
  throw new OtherExit(
    misuse,
    `Cannot check a password as root: ${dir} belongs to another user, and PROG would stay root; run this as that user`,
  );
}

interface Home {
  readonly user: string;
  readonly folder: string;
}

/** Its errors would name the person: who it is goes into no log. */
function enter({ name, maildirPath }: LoggedIn): Home {
  const folder = dirname(maildirPath);
  try {
    if (!statSync(maildirPath).isDirectory()) throw new Error("not a folder");
    process.chdir(folder);
  } catch (cause) {
    throw new Error("Cannot enter the mailbox of a person with the right password: it is not there", { cause });
  }
  return { user: name, folder };
}

function environmentOf(env: NodeJS.ProcessEnv, { user, folder }: Home): NodeJS.ProcessEnv {
  return { ...env, USER: user, HOME: folder, SHELL: "/bin/sh" };
}
