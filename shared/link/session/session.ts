import type { Pace } from "#shared/link/pace.js";
import type { Hello } from "#shared/link/wire/hello.js";
import { Ending } from "./ending.ts";
import { Inbound, isClosing } from "./inbound.ts";
import { Outbound } from "./outbound.ts";
import { FAREWELL_BYTES, Talk } from "./talk.ts";
import type { Moment, SessionAction, SessionEnd, SessionEvent, SessionOptions, Watch } from "./types.ts";

/**
 * One session of the link as a state machine (pure): events in, actions out, the clock passed in. PROTOCOL.md says what
 * the frames mean. It holds no promise: mail is removed by `settle` only after the peer's answer, and an answer is given
 * only after the shell said that the message is durable.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #out: Outbound;
  readonly #in = new Inbound();
  readonly #ending: Ending;
  readonly #talk: Talk;
  #peer: Hello | undefined;
  #deadline: number | undefined;
  #heardAt = 0;
  #closed = false;

  constructor(options: SessionOptions) {
    const { dialler, hello } = options;
    this.#options = options;
    this.#out = new Outbound(options.rank);
    this.#ending = new Ending(hello.stay);
    this.#talk = new Talk({ out: this.#out, in: this.#in, ending: this.#ending, hello, dialler });
    this.#deadline = options.deadline;
  }

  get pace(): Pace {
    return this.#talk.pace;
  }

  /** A line that stays open and has nothing under way from our side. */
  get idle(): boolean {
    return this.#ending.staying && this.#out.idle;
  }

  /** For who watches: what is crossing, and the rates in bytes a second. */
  get watch(): Watch {
    const phase = this.#ending.isOver ? "closing" : this.#talk.turns.ours ? "talking" : "listening";
    const { current, left } = this.#out;
    const up = this.pace.measured.rate;
    return { phase, current, left, rate: { up: up ?? 0, down: this.#talk.arrivals.rate } };
  }

  /** How it ended when the carrier is gone now. */
  get end(): SessionEnd {
    return this.#ending.end(this.#out.unanswered) ?? { kind: "cut", reason: "the line broke" };
  }

  /** Bytes of frames that came in so far, before the events that they bring. */
  received(total: number, now: number): void {
    this.#talk.arrivals.took(total, now);
  }

  /** What a thing that happened brings about by itself. What follows from where we then stand is asked of `go`. */
  handle(event: SessionEvent, { now }: Moment): SessionAction[] {
    if (this.#closed) return [];
    const actions: SessionAction[] = [];
    const problem = this.#apply(event, now, actions);
    if (problem !== undefined) this.#breakOff(problem, now, actions);
    return actions;
  }

  /** When the machine wants a tick, at the latest. */
  wakeAt(): number {
    const patience = this.#waitsForPeer() ? this.#heardAt + this.pace.patience() : Number.POSITIVE_INFINITY;
    return Math.min(patience, this.#deadline ?? Number.POSITIVE_INFINITY, this.#talk.due);
  }

  /** @returns how the peer broke the protocol, if it did */
  #apply(event: SessionEvent, now: number, actions: SessionAction[]): string | undefined {
    switch (event.kind) {
      case "begin":
        this.#heardAt = now;
        if (this.#options.dialler) this.#beginOver(now);
        break;
      case "offers":
        this.#out.offer(event.offers, event.again === true);
        if (event.fresh) this.#ending.looked();
        break;
      case "mended":
        this.#out.mended(event.key);
        break;
      case "peer-known":
        this.#out.peerKnown();
        break;
      case "prepared":
        this.#out.prepared(event);
        break;
      case "unready":
        this.#out.unready(event.key);
        break;
      case "announced": {
        this.#ending.peerSends();
        const problem = this.#in.announced(event.stream, event.length);
        actions.push(...this.#in.takeComplete());
        return problem;
      }
      case "unwanted":
        // What cannot be decoded comes again, encoded anew.
        if (isClosing(event.reason)) this.#ending.peerSends();
        this.#talk.queue(this.#in.unwanted(event.stream, event.reason));
        break;
      case "answered":
        // What was taken may have brought mail for the peer; look before saying that nothing is left.
        this.#ending.newMail();
        this.#talk.queue(this.#in.answered(event.stream, event.answers));
        break;
      case "stop":
        this.#ending.stop(event.reason);
        break;
      case "frame":
        this.#heardAt = now;
        this.#talk.turns.heard(now);
        return this.#frame(event.frame, now, actions);
      case "tick":
        break;
    }
    return undefined;
  }

  #frame(
    frame: (SessionEvent & { kind: "frame" })["frame"],
    now: number,
    actions: SessionAction[],
  ): string | undefined {
    switch (frame.kind) {
      case "hello":
        return this.#hello(frame.hello, now, actions);
      case "data": {
        this.#ending.peerSends();
        const stored = this.#in.data(frame.stream, frame.bytes);
        if (typeof stored === "string") return stored;
        if (stored !== undefined) actions.push(stored);
        actions.push(...this.#in.takeComplete());
        return undefined;
      }
      case "answer": {
        const settled = this.#out.answered(frame.answer);
        actions.push(...(settled ?? []));
        return settled === undefined ? "an answer to nothing that was sent" : undefined;
      }
      case "skip": {
        const skipped = this.#out.skipped(frame.stream, frame.reason);
        if (typeof skipped !== "object") return skipped && "a skip of nothing that was sent";
        // That nothing is left, which we may have said, is not true any more.
        this.#ending.weSend();
        actions.push(skipped);
        return undefined;
      }
      case "received":
        return this.#peerTook(frame.bytes, now, actions);
      case "turn":
        if (this.#talk.turns.half && this.#talk.turns.ours) return "a turn out of turn";
        this.#ending.peerHas(frame.more || this.#talk.isBehind(frame.received), frame.left);
        if (this.#talk.turns.half) this.#beginOver(now);
        return this.#peerTook(frame.received, now, actions);
      case "bye":
        this.#ending.peerLeaves(frame.reason, frame.left);
        return undefined;
      case "error":
        return frame.reason;
    }
  }

  #hello(hello: Hello, now: number, actions: SessionAction[]): string | undefined {
    if (this.#peer !== undefined) return "a second hello";
    this.#peer = hello;
    this.#out.peerSays(hello);
    this.#ending.peerStays(hello.stay);
    if (!this.#options.dialler) {
      this.#talk.turns.half = hello.half;
      if (hello.msLeft > 0) this.#deadline = Math.min(this.#deadline ?? Number.POSITIVE_INFINITY, now + hello.msLeft);
    }
    actions.push({ do: "peer", hello });
    return undefined;
  }

  #peerTook(position: number, now: number, actions: SessionAction[]): string | undefined {
    if (!this.pace.peerTook(position, now, this.#talk.turns.half))
      return `it has taken ${position} bytes of ${this.pace.sent}`;
    actions.push({ do: "peer-took", bytes: position });
    return undefined;
  }

  /** To be called after the events that have come together: what one chunk says is answered by one write. */
  go(moment: Moment): SessionAction[] {
    if (this.#closed) return [];
    const { now } = moment;
    const actions: SessionAction[] = [];
    if (this.#waitsForPeer() && now >= this.#heardAt + this.pace.patience()) {
      this.#close({ kind: "cut", reason: "the peer has been silent for too long" }, false, actions);
      return actions;
    }
    this.#watchLimits(moment);
    if (this.#mayTalk() && this.#talk.speak(this.#mayOffer(), moment, actions)) this.#close(this.end, true, actions);
    // Who has said good-bye on half duplex does not listen any more; the next hello tells our answers.
    const answering = this.#in.deciding > 0 && !this.#talk.turns.half;
    if (this.#ending.peerHasLeft && !answering) this.#close(this.end, false, actions);
    return actions;
  }

  #watchLimits({ now, bytesLeft }: Moment): void {
    if (this.#deadline !== undefined && now >= this.#deadline) this.#ending.stop("time");
    const unfinished = this.#out.hasMore || this.#out.unanswered > 0 || this.#in.owed > 0;
    if (bytesLeft !== undefined && bytesLeft <= FAREWELL_BYTES && unfinished) this.#ending.stop("budget");
  }

  /** The called side speaks only when it knows how the dialler will listen. */
  #mayTalk(): boolean {
    return (this.#options.dialler || this.#peer !== undefined) && this.#talk.turns.ours;
  }

  /** The order of the two directions is the dialler's setting. */
  #mayOffer(): boolean {
    if (this.#ending.isOver) return false;
    const waits = this.#options.dialler ? this.#options.hello.receiveFirst : this.#peer?.sendFirst === true;
    return !waits || this.#ending.peerIsDone;
  }

  /** The peer learns why, if it may be spoken to; what it sent before stands. */
  #breakOff(reason: string, now: number, actions: SessionAction[]): void {
    this.#ending.stop("protocol-error");
    if (this.#mayTalk() && !this.#ending.byeSent) this.#talk.sayBye(now, actions);
    this.#close({ kind: "cut", reason: `the peer broke the protocol: ${reason}` }, false, actions);
  }

  #beginOver(now: number): void {
    this.#talk.turns.begin(now, this.#deadline === undefined ? undefined : Math.max(0, this.#deadline - now));
  }

  /** Whether silence is the peer's fault. */
  #waitsForPeer(): boolean {
    if (this.#in.deciding > 0) return false;
    const owes = this.#peer === undefined || this.#out.unanswered > 0 || this.#ending.byeSent;
    return owes || !this.#talk.turns.ours;
  }

  /** @param linger the peer may still answer; it closes when it has read our good-bye */
  #close(ended: SessionEnd, linger: boolean, actions: SessionAction[]): void {
    this.#closed = !linger;
    actions.push({ do: "close", ended, linger });
  }
}
