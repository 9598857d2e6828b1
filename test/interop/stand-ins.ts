/**
 * Stock qmail hosts, played by the Python stand-ins in peers/: they share no code with us, so what they understand
 * was not taught by our own codec. tcpserver is the real one where it is installed.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { has } from "./programs.ts";

export const PEERS = join(import.meta.dirname, "peers");

/** One message as qmail-queue holds it. */
export interface Queued {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly text: Buffer;
}

export interface StockServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A qmail home with these control files. */
export async function qmailHome(home: string, control: Readonly<Record<string, string>> = {}): Promise<string> {
  for (const folder of ["control", "queue/mess", "queue/todo", "queue/pid"])
    await mkdir(join(home, folder), { recursive: true });
  for (const [name, text] of Object.entries({ me: "stock.example.net\n", ...control }))
    await writeFile(join(home, "control", name), text);
  return home;
}

/** tcpserver with qmail-qmtpd behind it. */
export async function startQmtpd(
  home: string,
  env: Readonly<Record<string, string>> = {},
  host = "127.0.0.1",
  port = 0,
): Promise<StockServer> {
  const real = has("tcpserver");
  const program = real ? "tcpserver" : "python3";
  const before = real ? ["-1", "-RHl", "stock"] : [join(PEERS, "tcpserver.py"), "-1", "-RHl", "stock"];
  const child = spawn(program, [...before, host, String(port), "python3", join(PEERS, "qmail-qmtpd.py")], {
    env: { ...process.env, QMAIL_HOME: home, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chosen = await firstLine(child);
  return { host, port: Number(chosen), close: () => ended(child) };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("The child has no stdout");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("tcpserver ended before it said its port");
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end; never throws for its exit code. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; input?: string | Uint8Array } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...options.env };
    const child = execFile(program, args, { env, maxBuffer: 64 << 20 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, out, err });
    });
    // A program that refuses its arguments does not read its input; its exit code says so.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

export function python(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runProgram("python3", [join(PEERS, script), ...args], { env });
}

/** serialmail's maildirqmtp; it leaves the mail of the current second, so the files are made older first. */
export async function maildirqmtp(
  home: string,
  maildir: string,
  to: { readonly host: string; readonly port: number },
  { prefix = "", source }: { prefix?: string; source?: string } = {},
): Promise<Ran> {
  const past = Date.now() / 1000 - 10;
  for (const folder of ["new", "cur"])
    for (const name of await readdir(join(maildir, folder))) await utimes(join(maildir, folder, name), past, past);
  const from = source === undefined ? [] : ["-i", source];
  return python("maildirqmtp.py", [...from, maildir, prefix, to.host, String(to.port)], { QMAIL_HOME: home });
}

/** Puts messages into a qmail queue, with the envelope as qmail-queue writes it. */
export async function enqueue(home: string, messages: Iterable<Queued>): Promise<void> {
  let count = 0;
  for (const { sender, recipients, text } of messages) {
    const name = String(count++).padStart(6, "0");
    await writeFile(join(home, "queue/mess", name), text);
    const fields = [`F${sender}`, ...recipients.map((recipient) => `T${recipient}`)];
    await writeFile(join(home, "queue/todo", name), `${fields.map((field) => `${field}\0`).join("")}\0`);
  }
}

/** What a qmail queue holds, oldest first. */
export async function queued(home: string): Promise<Queued[]> {
  const names = (await readdir(join(home, "queue/todo"))).sort();
  return Promise.all(
    names.map(async (name) => {
      const [sender = "", ...rest] = (await readFile(join(home, "queue/todo", name), "utf8")).split("\0");
      const recipients = rest.filter((field) => field.startsWith("T")).map((field) => field.slice(1));
      return { sender: sender.slice(1), recipients, text: await readFile(join(home, "queue/mess", name)) };
    }),
  );
}

/** qmail-local delivers everything that waits in `home` into `maildir`, one file for each recipient. */
export async function qmailLocal(home: string, maildir: string, prefix = ""): Promise<void> {
  const { code, err } = await python("qmail-local.py", [home, maildir, prefix]);
  if (code !== 0) throw new Error(`qmail-local ended with ${code}: ${err}`);
}
