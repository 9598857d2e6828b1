import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import { Driver } from "./drive-session.ts";
import { FrameWriter } from "./frame-writer.ts";
import type { GivenAnswers } from "./kept/answers.ts";
import type { ParcelReceiver } from "./parcel-receiver.ts";
import type { ParcelSender, Settled } from "./parcel-sender.ts";
import type { Session } from "./session/session.ts";
import type { Moment, Offer, SessionAction, SessionEnd, SessionEvent } from "./session/types.ts";
import { MalformedFrameError } from "./wire/bytes.ts";
import { FrameDecoder } from "./wire/frame-decoder.ts";
import type { Frame } from "./wire/frame-types.ts";
import type { Hello } from "./wire/hello.ts";

/**
 * One session over a carrier: bytes to events, actions to bytes and disk. It decides nothing; `session.ts` does. Returns
 * when the carrier is closed and everything that had arrived is settled or kept.
 */
export interface RunSessionOptions {
  readonly stream: Duplex;
  /** Bytes on the carrier so far, TLS included. */
  readonly wire: () => { readonly up: number; readonly down: number };
  readonly dialler: boolean;
  readonly hello: Hello;
  readonly rank: (offers: readonly Offer[]) => readonly string[];
  readonly sender: ParcelSender;
  readonly receiver: (post: (event: SessionEvent) => void) => ParcelReceiver;
  readonly given: GivenAnswers;
  /** Ms that the window still lasts. */
  readonly msLeft?: number;
  /** Bytes on the carrier, both directions, that the window may still use. */
  readonly bytesLeft?: number;
  /** Ends it cleanly: no more mail is begun, good-bye is said. */
  readonly stop: AbortSignal;
  /** Breaks it off. */
  readonly abort: AbortSignal;
  /** Tells of new mail while the session lasts; the result ends that. */
  readonly onNewMail: (look: (again: boolean) => void) => () => void;
  readonly onSettled?: (settled: Settled) => void;
  readonly onEvent?: (session: Session) => void;
}

export interface SessionResult {
  readonly end: SessionEnd;
  readonly peer: Hello | undefined;
}

export function runSession(options: RunSessionOptions): Promise<SessionResult> {
  return new Runner(options).run();
}

class Runner {
  readonly #options: RunSessionOptions;
  readonly #driver: Driver;
  readonly #receiver: ParcelReceiver;
  readonly #decoder = new FrameDecoder();
  readonly #writer: FrameWriter;
  readonly #work = new Set<Promise<unknown>>();
  readonly #settling = new Set<Promise<void>>();
  #peer: Hello | undefined;
  #peerAllows: number | undefined;
  #looking = false;
  #end: SessionEnd | undefined;

  constructor(options: RunSessionOptions) {
    const { dialler, hello, rank, msLeft, stream, onEvent } = options;
    this.#options = options;
    this.#driver = new Driver({
      session: { dialler, hello, rank, ...(msLeft === undefined ? {} : { deadline: performance.now() + msLeft }) },
      act: (action) => this.#act(action),
      moment: () => this.#moment(),
      fail: (error) => this.#giveUp(error),
      over: () => stream.destroyed,
      after: (session) => onEvent?.(session),
    });
    this.#writer = new FrameWriter({
      stream,
      piece: (key, offset, length) => options.sender.piece(key, offset, length),
      onAnswer: (number, end) => options.given.written(number, end),
    });
    this.#receiver = options.receiver((event) => this.#post(event));
  }

  async run(): Promise<SessionResult> {
    const { stream, stop, abort, onNewMail } = this.#options;
    // It may have broken while the stores were opened; then no event tells.
    const closed = stream.closed ? Promise.resolve() : new Promise<void>((resolve) => stream.once("close", resolve));
    const onStop = (): void => this.#post({ kind: "stop", reason: "going-down" });
    const onAbort = (): void => void stream.destroy();
    stop.addEventListener("abort", onStop, { once: true });
    abort.addEventListener("abort", onAbort, { once: true });
    const forget = onNewMail((again) => this.#track(this.#look(false, again)));
    stream.on("data", (chunk: Uint8Array) => this.#take(chunk));
    // The peer closes when it has read our good-bye; half a connection is of no use.
    stream.on("end", () => stream.destroy());
    stream.on("error", ({ message }) => this.#giveUp(`the line broke: ${message}`));
    if (stop.aborted) onStop();
    if (abort.aborted || stream.destroyed) onAbort();
    this.#post({ kind: "begin" });
    await closed;
    this.#driver.stop();
    forget();
    stop.removeEventListener("abort", onStop);
    abort.removeEventListener("abort", onAbort);
    return this.#finish();
  }

  /** What had arrived is taken and answered to the next hello; what was answered is settled. */
  async #finish(): Promise<SessionResult> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    await this.#receiver.end();
    const { end: said } = this.#driver.session;
    const end = said.kind === "cut" ? (this.#end ?? said) : said;
    if (end.kind === "drained") await this.#options.given.clear();
    return { end, peer: this.#peer };
  }

  #take(chunk: Uint8Array): void {
    const frames = this.#decoder.feed(chunk);
    this.#driver.session.received(this.#decoder.received, performance.now());
    this.#driver.together(() => {
      for (const frame of frames) {
        if (frame.kind === "parcel") this.#announce(frame);
        else this.#post({ kind: "frame", frame });
      }
    });
  }

  #announce({ stream, head }: Frame & { kind: "parcel" }): void {
    try {
      this.#receiver.announce(stream, head);
    } catch (error) {
      if (error instanceof MalformedFrameError)
        this.#post({ kind: "frame", frame: { kind: "error", reason: error.message } });
      else this.#giveUp(error);
    }
  }

  #post(event: SessionEvent): void {
    this.#driver.post(event);
  }

  #moment(): Moment {
    const limits = [this.#options.bytesLeft, this.#peerAllows].flatMap((limit) => limit ?? []);
    const now = performance.now();
    if (limits.length === 0) return { now };
    const { up, down } = this.#options.wire();
    return { now, bytesLeft: Math.min(...limits) - up - down };
  }

  #act(action: SessionAction): void {
    const { sender, given } = this.#options;
    switch (action.do) {
      case "write":
        this.#writer.write(action.parts);
        break;
      case "prepare":
        this.#track(this.#prepare(action));
        break;
      case "store":
        this.#receiver.store(action.stream, action.bytes);
        break;
      case "complete":
        this.#receiver.complete(action.stream);
        break;
      case "sent":
        sender.sent(action.key);
        break;
      case "settle":
        this.#settleSoon(action);
        break;
      case "undecodable":
        this.#track(sender.undecodable(action.key).then(() => this.#post({ kind: "mended", key: action.key })));
        break;
      case "peer":
        this.#track(this.#meet(action.hello));
        break;
      case "look":
        this.#track(this.#look(true, false));
        break;
      case "peer-took":
        given.confirmed(action.bytes);
        break;
      case "close":
        this.#end ??= action.ended;
        if (!action.linger) void this.#closeWhenSettled();
        break;
      default:
        action satisfies never;
    }
  }

  async #prepare({ key, idle }: SessionAction & { do: "prepare" }): Promise<void> {
    const prepared = await this.#options.sender.prepare(key, idle);
    this.#post(prepared === undefined ? { kind: "unready", key } : { kind: "prepared", key, ...prepared });
  }

  #settleSoon(action: SessionAction & { do: "settle" }): void {
    const settling = this.#settle(action).catch((error: unknown) => this.#giveUp(error));
    this.#settling.add(settling);
    this.#track(settling.finally(() => this.#settling.delete(settling)));
  }

  async #settle({ key, answers }: SessionAction & { do: "settle" }): Promise<void> {
    const settled = await this.#options.sender.settle(key, answers);
    if (settled !== undefined) this.#options.onSettled?.(settled);
  }

  async #meet(hello: Hello): Promise<void> {
    this.#peer = hello;
    const { up, down } = this.#options.wire();
    if (hello.bytesLeft > 0) this.#peerAllows = up + down + hello.bytesLeft;
    await this.#options.sender.peer(hello);
    await this.#look(false, false);
    this.#post({ kind: "peer-known" });
  }

  /** One at a time; a backlog is read in several goes, and what is known of it can be sent meanwhile. */
  async #look(fresh: boolean, again: boolean): Promise<void> {
    if (this.#looking && !fresh) return;
    this.#looking = true;
    try {
      for (let all = false; !all && !this.#options.stream.destroyed; ) {
        const looked = await this.#options.sender.look();
        all = looked.all;
        this.#post({ kind: "offers", offers: looked.offers, fresh: fresh && all, again });
      }
    } finally {
      this.#looking = false;
    }
  }

  /** The peer's window is over when its mail has left our queue: what it is told then is true. */
  async #closeWhenSettled(): Promise<void> {
    await Promise.all(this.#settling);
    this.#writer.closeWhenWritten();
  }

  #track(work: Promise<unknown>): void {
    const watched = work.catch((error: unknown) => this.#giveUp(error));
    this.#work.add(watched);
    void watched.finally(() => this.#work.delete(watched));
  }

  /** A disk or directory in trouble ends this session, and all is tried again in the next one (P7). */
  #giveUp(error: unknown): void {
    this.#end ??= { kind: "cut", reason: error instanceof Error ? error.message : String(error) };
    this.#options.stream.destroy();
  }
}
