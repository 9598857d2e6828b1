/** One hub and one spoke in a folder of their own, with what was sent and a stand-in Internet: the scene of a case. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { encodePackage, ReplyDecoder } from "qmtp-codec";
import {
  flush,
  type NodeProcess,
  type Sink,
  type StartOptions,
  startNode,
  startSink,
  submit,
} from "../support/star.ts";
import { type Letter, newLetter, type Recipient, textOf, unpromised } from "./letter.ts";

export type Kind = "hub" | "spoke";

export class Site {
  readonly dir: string;
  readonly letters: Letter[];
  readonly sink: Sink;
  readonly nodes = new Map<Kind, NodeProcess>();
  /** Log lines of lives that have ended. */
  readonly oldLogs: string[] = [];

  private constructor(dir: string, letters: Letter[], sink: Sink) {
    this.dir = dir;
    this.letters = letters;
    this.sink = sink;
  }

  /** A copy of a snapshot's folders, with a sink of its own. */
  static async copy(snapshot: string, dir: string): Promise<Site> {
    await mkdir(dir, { recursive: true });
    await cp(snapshot, dir, { recursive: true });
    const letters = JSON.parse(await readFile(join(dir, "letters.json"), "utf8")) as Letter[];
    const sink = await startSink();
    const db = new Sqlite(join(dir, "hub", "directory.db"));
    db.prepare("UPDATE routes SET destination = ? WHERE pattern = '*'").run(`smtp://127.0.0.1:${sink.port}`);
    db.close();
    return new Site(dir, letters, sink);
  }

  /** A star that was just made, before anything was sent. */
  static async fresh(dir: string): Promise<Site> {
    return new Site(dir, [], await startSink());
  }

  /** For the next `copy`: the nodes must be stopped. */
  async save(): Promise<void> {
    await writeFile(join(this.dir, "letters.json"), JSON.stringify(this.letters, undefined, 1));
  }

  folder(kind: Kind): string {
    return join(this.dir, kind);
  }

  async start(kind: Kind, options: StartOptions = {}): Promise<NodeProcess> {
    const env = { NODE_COMPILE_CACHE: join(this.dir, "../compile-cache"), ...options.env };
    const node = await startNode(kind, this.folder(kind), { ...options, env });
    this.nodes.set(kind, node);
    void node.ended.then(() => {
      this.oldLogs.push(`--- ${kind} ${node.pid}`, ...node.log);
      if (this.nodes.get(kind) === node) this.nodes.delete(kind);
    });
    return node;
  }

  port(kind: Kind, listener: string): number {
    const node = this.nodes.get(kind);
    if (node === undefined) throw new Error(`The ${kind} does not run`);
    return node.port(listener);
  }

  /** Hands a new letter over and notes what was promised. */
  async send(via: Letter["via"], from: string, ...to: string[]): Promise<Letter> {
    const letter = newLetter(`letter-${this.letters.length + 1}`, via, from, to);
    this.letters.push(letter);
    await this.handOver(letter, letter.recipients);
    return letter;
  }

  /** What a client does that was not answered. */
  async sendAgain(): Promise<void> {
    for (const letter of this.letters) {
      const open = unpromised(letter);
      if (open.length > 0) await this.handOver(letter, open);
    }
  }

  async handOver(letter: Letter, recipients: readonly Recipient[]): Promise<void> {
    for (const recipient of recipients) recipient.tries += 1;
    const to = recipients.map(({ address }) => address);
    if (letter.via === "hub-qmtp") {
      const letters = await submitQmtp(this.port("hub", "qmtp"), letter.from, to, textOf(letter));
      recipients.forEach((recipient, index) => {
        recipient.promised = letters[index] === "K";
      });
      return;
    }
    const reply = await submit(this.port(letter.via, "smtp"), letter.from, to, textOf(letter));
    for (const recipient of recipients) {
      recipient.promised = reply.ok && !reply.refused.some((one) => one.recipient === recipient.address);
    }
  }

  /** One window; undefined when it broke because somebody died. */
  async flush() {
    try {
      return await flush(this.folder("spoke"), this.port("hub", "link"));
    } catch {
      // The daemon that was asked has been killed, which is what we are here for.
      return undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...[...this.nodes.values()].map((node) => node.kill()), this.sink.close()]);
  }
}

/** One package over plain QMTP; the letters that were answered before the connection ended. */
async function submitQmtp(port: number, from: string, to: readonly string[], text: string): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  const decoder = new ReplyDecoder();
  const letters: string[] = [];
  socket.on("error", () => undefined);
  const bytes = Buffer.from(text);
  for await (const piece of encodePackage(bytes.length, [bytes], from, [...to])) socket.write(piece);
  try {
    for await (const chunk of socket as AsyncIterable<Uint8Array>) {
      for (const event of decoder.feed(chunk)) if (event.kind === "reply") letters.push(event.letter);
      if (letters.length >= to.length) break;
    }
  } catch {
    // The server was killed: what it has answered counts.
  }
  socket.destroy();
  return letters;
}
