/**
 * A small organisation made with the real commands: hub `kabul` of example.org, some offices, some people.
 * Every listener gets a free port, which the ready line tells.
 */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { askDaemon } from "#shared/io/control.js";
import type { FlushReport } from "#spoke/flush.js";
import { qrelay, qrelayJson } from "./node-process.ts";
import { type Sink, startSink } from "./sink.ts";

export { eventually } from "./eventually.ts";
export { killAll, type NodeProcess, qrelay, qrelayJson, type StartOptions, startNode } from "./node-process.ts";
export { mailbox, maildir, queued, type StoredMessage } from "./read-mailbox.ts";
export { type Sink, startSink } from "./sink.ts";
export { type SubmitReply, submit } from "./smtp-submit.ts";

export const DOMAIN = "example.org";
export const HUB_OFFICE = "kabul";

export interface StarOptions {
  /** An empty folder; the nodes' folders are made in it. */
  readonly dir: string;
  /** Offices with a spoke, beside the hub's own, kabul. */
  readonly offices: readonly string[];
  /** Person → office. */
  readonly people: Readonly<Record<string, string>>;
  /** Passwords of those who log in, 8 characters or more. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Mail to the Internet goes to a sink in this process (`true`), or to one that runs already. */
  readonly sink?: boolean | Sink;
  /** `--set` for the hub and for every spoke. */
  readonly set?: readonly string[];
  /** More text for hub.toml, such as an [[smtp.rule]]. */
  readonly hubToml?: string;
}

export interface Star {
  readonly hub: string;
  /** The folder of an office's spoke. */
  spoke(office: string): string;
  readonly sink: Sink | undefined;
  /** `name@office.example.org`, which is final there. */
  at(name: string, office: string): string;
}

const LISTENERS = ["smtp", "submission", "qmtp", "pop3", "http"].map((key) => `${key}.listen=127.0.0.1:0`);

export async function makeStar(options: StarOptions): Promise<Star> {
  const { dir, offices, people, passwords = {}, hubToml } = options;
  const sink = options.sink === true ? await startSink() : options.sink === false ? undefined : options.sink;
  const hub = join(dir, "hub");
  const spoke = (office: string): string => join(dir, office);
  const set = [...LISTENERS, ...(options.set ?? [])].flatMap((value) => ["--set", value]);
  const onHub = ["--dir", hub];
  await qrelayJson([
    ...["hub", "init", "--domain", DOMAIN, "--office", HUB_OFFICE, "--set", "link.listen=127.0.0.1:0"],
    ...[...set, ...onHub],
  ]);
  if (hubToml !== undefined) await appendFile(join(hub, "hub.toml"), `\n${hubToml}\n`);
  if (sink !== undefined) await qrelayJson(["hub", "route", "set", "*", `smtp://127.0.0.1:${sink.port}`, ...onHub]);
  for (const office of offices) {
    // The address is never dialled: the hub's port is known when it runs, and flush is told it then.
    const add = ["hub", "office", "add", office, "--address", "127.0.0.1:6209", ...onHub];
    const { token } = await qrelayJson<{ token: string }>(add);
    await qrelayJson(["spoke", "join", token, ...set, "--dir", spoke(office)]);
  }
  for (const [name, office] of Object.entries(people)) {
    const password = passwords[name];
    const words = ["hub", "person", "add", name, "--office", office, ...onHub];
    const said = await qrelay(
      password === undefined ? words : [...words, "--password-stdin"],
      password === undefined ? {} : { stdin: `${password}\n` },
    );
    if (said.code !== 0) throw new Error(`Cannot add ${name}: ${said.err}`);
  }
  return { hub, spoke, sink, at: (name, office) => `${name}@${office}.${DOMAIN}` };
}

/**
 * One window of the spoke in `spokeDir` to the hub's link port, whether its daemon runs (asked directly, without
 * the half second that a command takes to start) or not.
 */
export async function flush(spokeDir: string, hubLinkPort: number): Promise<FlushReport> {
  const connect = `127.0.0.1:${hubLinkPort}`;
  const answered = await askDaemon(spokeDir, { command: "flush", args: { connect } });
  if (answered !== undefined) return answered.result as FlushReport;
  const { out, err, code } = await qrelay([
    ...["spoke", "flush", "--connect", connect],
    ...["--dir", spokeDir, "--json"],
  ]);
  if (out === "") throw new Error(`The flush of ${spokeDir} ended with ${code}: ${err}`);
  return JSON.parse(out) as FlushReport;
}
