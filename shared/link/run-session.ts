import type { Duplex } from "node:stream";
import { performance } from "node:perf_hooks";
import { MalformedFrameError } from "./wire/bytes.ts";
import { encodeFrame } from "./wire/frame.ts";
import { FrameDecoder } from "./wire/frame-decoder.ts";
import type { Frame } from "./wire/frame-types.ts";
import type { Hello } from "./wire/hello.ts";
import type { GivenAnswers } from "./kept/answers.ts";
import type { ParcelReceiver } from "./parcel-receiver.ts";
import type { ParcelSender, Settled } from "./parcel-sender.ts";
import { Session } from "./session/session.ts";
import type { Moment, Offer, Part, SessionAction, SessionEnd, SessionEvent } from "./session/types.ts";

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
  readonly #session: Session;
  readonly #receiver: ParcelReceiver;
  readonly #decoder = new FrameDecoder();
  readonly #events: SessionEvent[] = [];
  readonly #work = new Set<Promise<unknown>>();
  #handling = false;
  #gathering = false;
  #handled = 0;
  #seen = 0;
  #peer: Hello | undefined;
  #peerAllows: number | undefined;
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #unwritten = 0;
  #closing = false;
  #end: SessionEnd | undefined;

  constructor(options: RunSessionOptions) {
    this.#options = options;
    const deadline = options.msLeft === undefined ? {} : { deadline: performance.now() + options.msLeft };
    this.#session = new Session({ dialler: options.dialler, hello: options.hello, rank: options.rank, ...deadline });
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
    stream.on("error", () => undefined);
    if (stop.aborted) onStop();
    if (abort.aborted || stream.destroyed) onAbort();
    this.#post({ kind: "begin" });
    await closed;
    clearTimeout(this.#timer);
    forget();
    stop.removeEventListener("abort", onStop);
    abort.removeEventListener("abort", onAbort);
    return this.#finish();
  }

  /** What had arrived is taken and answered to the next hello; what was answered is settled. */
  async #finish(): Promise<SessionResult> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    await this.#receiver.end();
    const end = this.#session.end.kind === "cut" ? (this.#end ?? this.#session.end) : this.#session.end;
    if (end.kind === "drained") await this.#options.given.clear();
    return { end, peer: this.#peer };
  }

  #take(chunk: Uint8Array): void {
    const frames = this.#decoder.feed(chunk);
    this.#session.received(this.#decoder.received);
    this.#together(() => {
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
      if (!(error instanceof MalformedFrameError)) throw error;
      this.#post({ kind: "frame", frame: { kind: "error", reason: error.message } });
    }
  }

  #post(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#handling) return;
    this.#together(() => this.#handleAll());
  }

  /** What comes in one chunk is answered by one write. */
  #together(work: () => void): void {
    if (this.#gathering) return work();
    this.#gathering = true;
    try {
      work();
      do {
        this.#actAll(this.#session.go(this.#moment()));
        this.#handleAll();
      } while (this.#again());
    } finally {
      this.#gathering = false;
    }
    this.#options.onEvent?.(this.#session);
    this.#arm();
  }

  /** Events one after the other, also those that an action brings about. */
  #handleAll(): void {
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#handled += 1;
        this.#actAll(this.#session.handle(next, this.#moment()));
      }
    } finally {
      this.#handling = false;
    }
  }

  /** Whether anything has happened since it was asked last. */
  #again(): boolean {
    const more = this.#handled > this.#seen;
    this.#seen = this.#handled;
    return more;
  }

  #actAll(actions: readonly SessionAction[]): void {
    for (const action of actions) this.#act(action);
  }

  #moment(): Moment {
    const limits = [this.#options.bytesLeft, this.#peerAllows].flatMap((limit) => limit ?? []);
    const now = performance.now();
    if (limits.length === 0) return { now };
    const { up, down } = this.#options.wire();
    return { now, bytesLeft: Math.min(...limits) - up - down };
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#options.stream.destroyed) return;
    const wait = this.#session.wakeAt() - performance.now();
    if (!Number.isFinite(wait)) return;
    this.#timer = setTimeout(() => this.#post({ kind: "tick" }), Math.min(Math.max(Math.ceil(wait), 1), MAX_TIMER_MS));
  }

  #act(action: SessionAction): void {
    const { sender } = this.#options;
    switch (action.do) {
      case "write":
        return this.#write(action.parts);
      case "prepare":
        return this.#track(this.#prepare(action.key));
      case "store":
        return this.#receiver.store(action.stream, action.bytes);
      case "complete":
        return this.#receiver.complete(action.stream);
      case "sent":
        return sender.sent(action.key);
      case "settle":
        return this.#track(this.#settle(action));
      case "undecodable":
        return this.#track(sender.undecodable(action.key).then(() => this.#look(false, false)));
      case "peer":
        return this.#track(this.#meet(action.hello));
      case "look":
        return this.#track(this.#look(true, false));
      case "peer-took":
        return this.#options.given.confirmed(action.bytes);
      case "close":
        this.#end ??= action.ended;
        return action.linger ? undefined : this.#closeWhenWritten();
      default:
        return action satisfies never;
    }
  }

  #write(parts: readonly Part[]): void {
    const { stream, sender, given } = this.#options;
    if (stream.destroyed) return;
    const pieces: Uint8Array[] = [];
    for (const part of parts) {
      const frame: Frame =
        part.kind === "frame"
          ? part.frame
          : { kind: "data", stream: part.stream, bytes: sender.piece(part.key, part.offset, part.length) };
      const bytes = encodeFrame(frame);
      this.#written += bytes.length;
      if (frame.kind === "answer") given.written(frame.answer.stream, this.#written);
      pieces.push(bytes);
    }
    this.#unwritten += 1;
    stream.write(Buffer.concat(pieces), () => {
      this.#unwritten -= 1;
      if (this.#closing && this.#unwritten === 0) stream.destroy();
    });
  }

  async #prepare(key: string): Promise<void> {
    const prepared = await this.#options.sender.prepare(key);
    this.#post(prepared === undefined ? { kind: "unready", key } : { kind: "prepared", key, ...prepared });
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

  /** Nothing waits for what fails here but this session: it ends, and all is tried again in the next one. */
  #track(work: Promise<unknown>): undefined {
    const watched = work.catch((error: unknown) => {
      this.#end ??= { kind: "cut", reason: error instanceof Error ? error.message : String(error) };
      this.#options.stream.destroy();
    });
    this.#work.add(watched);
    void watched.finally(() => this.#work.delete(watched));
    return undefined;
  }

  /** Without a close_notify: the good-bye has said it, and on a radio its answer would cost a turn. */
  #closeWhenWritten(): void {
    this.#closing = true;
    if (this.#unwritten === 0) this.#options.stream.destroy();
  }
}

/** Longest delay of setTimeout. */
const MAX_TIMER_MS = 2 ** 31 - 1;
