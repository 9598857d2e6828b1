import { SMTPConnection } from "smtp-server/lib/smtp-connection.js";
import type { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { oneLine } from "#shared/mail/outcome.js";
import { feedWholeLines } from "./command-feed.ts";
import { isForeignProtocol, type Judgement, judgeCommand, type SessionFacts, verbOf } from "./command-judge.ts";
import { MAX_ERRORS, MAX_JUNK, MAX_LONG_LINES } from "./limits.ts";
import { type Refusal, refuse } from "./types.ts";

/** Reply lines hold 512 bytes (RFC 5321 §4.5.3.1.5) with code, status and some UTF-8. */
export const REPLY_TEXT_LIMIT = 400;
const JUNK_VERBS = new Set(["NOOP", "RSET", "VRFY", "HELP", "EHLO", "HELO"]);

type Done = () => void;
type Facts = Omit<SessionFacts, "pipelined" | "pipeliningOffered">;

/**
 * The library's connection with a guard before it: which command lines it may see, how many errors a client may
 * make, and when nothing that follows may be run any more. Knows nothing of mail and promises nothing.
 */
export abstract class GuardedConnection extends SMTPConnection {
  /** `performance.now()` of the last whole command line. */
  lastCommandAt = performance.now();
  #pipelined: boolean = false;
  #pipeliningOffered: boolean = false;
  #errors = 0;
  #junk = 0;
  #longLines = 0;
  #hangUp: boolean = false;
  #leaving: boolean = false;
  #early: Done | undefined;

  /** What is allowed to this client now. */
  protected abstract facts(): Facts;

  /** In DATA, or waiting for the owner's word about a message. */
  get busy(): boolean {
    return Boolean(this._dataStream);
  }

  refuse(refusal: Refusal): void {
    this.send(refusal.code, `${refusal.status} ${oneLine(refusal.text, REPLY_TEXT_LIMIT)}`);
  }

  /** The next reply is the last: what follows on this connection is not to be trusted. */
  protected hangUpAfterReply(): void {
    this.#hangUp = true;
  }

  protected messageAnswered(): void {
    this.#junk = 0;
  }

  /** The server stops: said at once, or after the message in flight unless `now`. */
  dismiss(now: boolean): void {
    this.#leaving = true;
    if (now || !this.busy) this.send(421, "4.3.2 Server is shutting down", false);
  }

  override connectionReady(next?: Done): void {
    super.connectionReady(() => {
      next?.();
      const run = this.#early;
      this.#early = undefined;
      run?.();
    });
  }

  // Called by the library's constructor, before the fields of this class exist: the watcher only refers to them.
  override _createParser(): SMTPStream {
    const parser = super._createParser();
    feedWholeLines(parser, {
      partial: (bytes) => {
        if (isForeignProtocol(bytes)) this._socket.destroy();
      },
      pipelined: (more) => {
        this.#pipelined = more;
      },
    });
    return parser;
  }

  override _onCommand(line: Buffer, callback?: Done): void {
    const done = callback ?? (() => {});
    this.lastCommandAt = performance.now();
    // The reading stops with the socket; `done` keeps the parser from waiting for ever.
    if (this._closing || this._upgrading) done();
    else if (!this._ready) this.#tooEarly(line, done);
    // An answer to a SASL challenge is no command.
    else if (this._nextHandler) super._onCommand(line, done);
    else this.#judged(judgeCommand(line, this.#allFacts()), line, done);
  }

  #judged(judgement: Judgement, line: Buffer, done: Done): void {
    switch (judgement.kind) {
      case "run":
        this.#run(line, done);
        break;
      case "refuse":
        this.refuse(judgement.refusal);
        if (judgement.long === true) this.#countLongLine();
        done();
        break;
      case "hang-up":
        if (judgement.refusal === undefined) this._socket.destroy();
        else this.#refuseAndClose(judgement.refusal);
        done();
        break;
      default:
        judgement satisfies never;
    }
  }

  #run(line: Buffer, done: Done): void {
    const verb = verbOf(line);
    // The library gives up after ten unknown verbs; one count for all errors is enough.
    this._unrecognizedCommands = 0;
    if (JUNK_VERBS.has(verb)) this.#junk += 1;
    if (this.#junk > MAX_JUNK) {
      this.send(421, "4.7.0 Too many commands without a message", false);
      return;
    }
    super._onCommand(line, done);
    if (verb === "EHLO") this.#pipeliningOffered = true;
  }

  #countLongLine(): void {
    this.#longLines += 1;
    if (this.#longLines >= MAX_LONG_LINES) this.send(421, "4.7.0 Too many lines that are too long", false);
  }

  /** A client that talks before the banner: a spam engine, or an impatient device of our own, which is forgiven once. */
  #tooEarly(line: Buffer, done: Done): void {
    if (isForeignProtocol(line)) this._socket.destroy();
    else if (this.facts().lenient) this.#early = () => this._onCommand(line, done);
    else this.#refuseAndClose(refuse(554, "5.5.0", "You talk before the greeting"));
  }

  #refuseAndClose(refusal: Refusal): void {
    this.#hangUp = true;
    this.refuse(refusal);
  }

  #allFacts(): SessionFacts {
    return { ...this.facts(), pipelined: this.#pipelined, pipeliningOffered: this.#pipeliningOffered };
  }

  /** The single place where replies leave. A text that brings its own x.y.z does not get a second one. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const own = typeof data === "string" && /^[245]\.\d{1,3}\.\d{1,3} /.test(data);
    super.send(code, data, own ? false : context);
    if (code === 421) return;
    if (this.#hangUp) {
      this.close();
    } else if (this.#leaving && !this.busy) {
      this.dismiss(true);
    } else if (this.#counts(code)) {
      this.#errors += 1;
      if (this.#errors >= MAX_ERRORS) super.send(421, "4.7.0 Too many errors", false);
    }
  }

  /** 452 is our limit, not the client's mistake; a relay client may name many people who have left. */
  #counts(code: number): boolean {
    return code >= 400 && code !== 452 && !(code === 550 && this.facts().relay);
  }
}
