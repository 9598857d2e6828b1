import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { SecureContext } from "node:tls";
import { startTls } from "#shared/io/start-tls.js";
import { socketClosed, writeSocket } from "#shared/io/write-socket.js";
import { oneLine } from "#shared/mail/outcome.js";
import { CommandLines } from "./pop3-lines.ts";
import { type KnownSizes, openPop3Mailbox, type Pop3Mailbox } from "./pop3-mailbox.ts";
import { Pop3Session, type Pop3Step } from "./pop3-session.ts";
import { encodeMessage } from "./pop3-wire.ts";

/** Who may open which mailbox. Undefined is a wrong name or password; both should take the same time. */
export interface Pop3Store {
  open(login: string, password: string): Promise<{ readonly maildirPath: string } | undefined>;
}

/** What the connections of one server share. */
export interface Pop3House {
  readonly name: string;
  readonly store: Pop3Store;
  readonly tls: SecureContext | undefined;
  readonly idleMs: number;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Paths of mailboxes that a session has open. */
  readonly inUse: Set<string>;
  readonly sizes: KnownSizes;
}

/** Time to log in: RFC 1939's ten minutes are for people at work, not for ports held open by strangers. */
const LOGIN_MS = 3 * 60_000;
const HANDSHAKE_MS = 30_000;
const MAX_LOGIN_SHOWN = 100;

/**
 * One connection, one command after the other. It holds no promise before QUIT: a client that drops has deleted
 * nothing (RFC 1939 §6). A crash in QUIT leaves what was not yet removed; the client finds it again.
 */
export class Pop3Connection {
  readonly #house: Pop3House;
  readonly #session: Pop3Session;
  readonly #peer: string;
  readonly #done = new AbortController();
  readonly #loginTimer: NodeJS.Timeout;
  #socket: Socket;
  #login = "";
  #path: string | undefined;
  #mailbox: Pop3Mailbox | undefined;
  #busy: boolean = false;
  #ended: string = "dropped";
  #sent = 0;
  #removed = 0;
  #bytes = 0;

  constructor(socket: Socket, house: Pop3House) {
    this.#socket = socket;
    this.#house = house;
    this.#peer = socket.remoteAddress ?? "";
    const isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(this.#peer);
    this.#session = new Pop3Session({ name: house.name, canSecure: house.tls !== undefined, isLoopback });
    this.#loginTimer = setTimeout(() => this.#end("login too slow"), LOGIN_MS);
    this.#watch(socket);
  }

  /** Resolves when the connection is closed; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#write(`${this.#session.greeting()}\r\n`);
      let goesOn: boolean = true;
      while (goesOn) goesOn = await this.#converse();
    } catch (error) {
      // A connection that broke or was ended throws in whatever was under way; anything else is ours.
      if (!this.#socket.destroyed && !this.#done.signal.aborted) this.#report(error);
    }
    clearTimeout(this.#loginTimer);
    this.#farewell();
    this.#socket.destroySoon();
    await socketClosed(this.#socket);
  }

  /** The server stops: ends now, or after the command under way. */
  stop(): void {
    this.#ended = "stopped";
    this.#done.abort();
    if (!this.#busy) this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Reads until the connection ends (false) or goes on under TLS (true). */
  async #converse(): Promise<boolean> {
    const lines = new CommandLines();
    for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
      for (const line of lines.feed(chunk as Buffer)) {
        const next = await this.#busily(() => this.#perform(this.#session.receive(line)));
        if (next === "end" || this.#done.signal.aborted) return false;
        // What stands behind STLS in the clear could be anyone's words: it is dropped with `lines`.
        if (next === "secured") return true;
      }
    }
    return false;
  }

  async #busily<T>(work: () => Promise<T>): Promise<T> {
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #perform(step: Pop3Step): Promise<"more" | "end" | "secured"> {
    switch (step.do) {
      case "reply":
      case "hang-up":
        if (step.pauseMs !== undefined) await sleep(step.pauseMs, undefined, { signal: this.#done.signal });
        if (step.do === "hang-up" && this.#ended === "dropped") this.#ended = "hung up";
        await this.#write(`${step.text}\r\n`);
        return step.do === "reply" ? "more" : "end";
      case "open":
        return await this.#perform(await this.#open(step.login, step.password));
      case "send":
        await this.#send(step.index, step.text, step.bodyLines);
        return "more";
      case "start-tls":
        await this.#secure(step.text);
        return "secured";
      case "remove":
        return await this.#perform(await this.#remove(step.indexes));
      default:
        return step satisfies never;
    }
  }

  async #open(login: string, password: string): Promise<Pop3Step> {
    const person = oneLine(login, MAX_LOGIN_SHOWN);
    const { house, peer } = { house: this.#house, peer: this.#peer };
    try {
      const found = await house.store.open(login, password);
      if (found === undefined) {
        house.log("auth-failed", { peer, service: "pop3", person, reason: "wrong name or password" });
        return this.#session.refused("password");
      }
      if (house.inUse.has(found.maildirPath)) return this.#session.refused("in-use");
      this.#take(found.maildirPath, person);
      const mailbox = await this.#openMailbox(found.maildirPath);
      const bytes = mailbox.messages.reduce((sum, message) => sum + message.octets, 0);
      this.#mailbox = mailbox;
      clearTimeout(this.#loginTimer);
      house.log("pop3-login", { peer, person, messages: mailbox.messages.length, bytes });
      return this.#session.opened(mailbox.messages);
    } catch (error) {
      this.#release();
      this.#report(error);
      return this.#session.refused("trouble");
    }
  }

  #openMailbox(path: string): Promise<Pop3Mailbox> {
    const wanted = () => !this.#socket.destroyed;
    return openPop3Mailbox(path, this.#house.sizes, wanted, (error) => this.#report(error));
  }

  #take(path: string, person: string): void {
    this.#house.inUse.add(path);
    this.#path = path;
    this.#login = person;
  }

  #release(): void {
    if (this.#path !== undefined) this.#house.inUse.delete(this.#path);
    this.#path = undefined;
  }

  /** Piece by piece: a client slower than the disk holds up the reading, not memory. */
  async #send(index: number, text: string, bodyLines: number | undefined): Promise<void> {
    const opened = await this.#mailbox?.open(index);
    if (opened === undefined) {
      await this.#write("-ERR [SYS/TEMP] Another program has removed this message\r\n");
      return;
    }
    await using file = opened;
    await this.#write(`${text}\r\n`);
    for await (const bytes of encodeMessage(file.stream(), bodyLines)) await this.#write(bytes);
    this.#sent++;
  }

  async #remove(indexes: readonly number[]): Promise<Pop3Step> {
    const errors = (await this.#mailbox?.remove(indexes)) ?? [];
    for (const error of errors) this.#report(error);
    this.#removed = indexes.length - errors.length;
    this.#ended = "quit";
    return this.#session.removed(errors.length);
  }

  async #secure(text: string): Promise<void> {
    if (this.#house.tls === undefined) throw new Error("Cannot start TLS: there is no key");
    await this.#write(`${text}\r\n`);
    this.#socket.setTimeout(0);
    try {
      this.#socket = await startTls(this.#socket, this.#house.tls, HANDSHAKE_MS);
    } catch (error) {
      // Most often a client that does not trust our certificate: its owner will ask why the login fails.
      const reason = oneLine(`TLS: ${error instanceof Error ? error.message : String(error)}`);
      this.#house.log("auth-failed", { peer: this.#peer, service: "pop3", reason });
      throw error;
    }
    this.#watch(this.#socket);
    this.#session.secured();
  }

  #watch(socket: Socket): void {
    socket.setTimeout(this.#house.idleMs, () => this.#end("idle"));
    // The error itself reaches us where we read or write; without a listener it would end the process.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (socket === this.#socket) this.#done.abort();
    });
  }

  #end(why: string): void {
    this.#ended = why;
    this.#socket.destroy();
  }

  async #write(bytes: string | Uint8Array): Promise<void> {
    this.#bytes += bytes.length;
    await writeSocket(this.#socket, bytes);
  }

  #report(error: unknown): void {
    const text = oneLine(error instanceof Error ? error.message : String(error));
    this.#house.log("internal-error", { where: "pop3", peer: this.#peer, error: text });
  }

  #farewell(): void {
    this.#release();
    if (this.#mailbox === undefined) return;
    const { peer, person, ended } = { peer: this.#peer, person: this.#login, ended: this.#ended };
    const counts = { sent: this.#sent, removed: this.#removed, bytes: this.#bytes };
    this.#house.log("pop3-session", { peer, person, ended, ...counts });
  }
}
