import { Pace } from "#shared/link/pace.js";
import type { Frame } from "#shared/link/wire/frame-types.js";
import type { Hello } from "#shared/link/wire/hello.js";
import { Arrivals } from "./arrivals.ts";
import type { Ending } from "./ending.ts";
import { type Inbound, isClosing } from "./inbound.ts";
import type { Outbound } from "./outbound.ts";
import { Turns } from "./turns.ts";
import type { Moment, SessionAction } from "./types.ts";
import { Writes } from "./writes.ts";

/** What is written, and when (pure): the hello, bodies as room allows, words of arrival, the turn and the good-bye. */

/** A record for the last answers and the good-bye, TLS included: a budget is not overdrawn by them. */
export const FAREWELL_BYTES = 256;
/** What TLS 1.3 adds to a write. */
const RECORD_BYTES = 22;
/** A line that stays open says so from time to time, or a firewall forgets it; and a dead one is noticed. */
const KEEP_ALIVE_MS = 5 * 60_000;

export interface TalkOptions {
  readonly out: Outbound;
  readonly in: Inbound;
  readonly ending: Ending;
  readonly hello: Hello;
  readonly dialler: boolean;
}

export class Talk {
  readonly pace = new Pace();
  readonly turns: Turns;
  readonly arrivals = new Arrivals();
  readonly #writes = new Writes(this.pace);
  readonly #options: TalkOptions;
  #helloSent = false;
  #wroteAt = 0;
  /** The line has been given all that it may have since the last preparation. */
  #filled = false;

  constructor(options: TalkOptions) {
    this.#options = options;
    this.turns = new Turns(this.pace, options.hello.half, options.dialler);
  }

  /** When something that is held must go, or a sign of life is due. */
  get due(): number {
    const keepAlive = this.#options.ending.staying ? this.#wroteAt + KEEP_ALIVE_MS : Number.POSITIVE_INFINITY;
    // Who has not spoken yet may not: it would be woken for nothing while a long hello crosses a slow line.
    const report = this.turns.half || !this.#helloSent ? Number.POSITIVE_INFINITY : this.arrivals.due;
    return Math.min(this.#writes.due, keepAlive, report);
  }

  queue(frame: Frame | undefined): void {
    if (frame === undefined) return;
    this.#writes.add({ kind: "frame", frame });
    if (frame.kind === "skip" && isClosing(frame.reason)) this.#writes.mark();
  }

  /** Whether the peer, when it had taken so much of ours, had not read yet that it must send something anew. */
  isBehind(taken: number): boolean {
    return taken < this.#writes.markedAt;
  }

  /** @param offering mail may be sent now. @returns true when the good-bye has been said */
  speak(offering: boolean, { now, bytesLeft }: Moment, actions: SessionAction[]): boolean {
    this.#sayHello();
    if (!this.turns.half && this.arrivals.isDue(this.pace.measured.roundTrip, now)) this.#report(now);
    const waits = offering && this.#fill(now, bytesLeft, actions);
    const bye = !waits && this.#sayWhereWeStand(now, actions);
    const soon = waits || this.#options.in.deciding > 0 || this.#options.ending.looking;
    this.#wrote(this.#writes.settle(now, soon, actions), now);
    if (this.#options.ending.staying && now >= this.#wroteAt + KEEP_ALIVE_MS) {
      this.#report(now);
      this.#wrote(this.#writes.flush(now, actions), now);
    }
    return bye;
  }

  sayBye(now: number, actions: SessionAction[]): void {
    const { ending, out } = this.#options;
    this.queue({ kind: "bye", reason: ending.sayBye(), left: out.left });
    this.#wrote(this.#writes.flush(now, actions), now);
  }

  #sayHello(): void {
    if (this.#helloSent) return;
    this.#helloSent = true;
    this.#writes.addFirst({ kind: "frame", frame: { kind: "hello", hello: this.#options.hello } });
  }

  #report(now: number): void {
    this.queue({ kind: "received", bytes: this.arrivals.reported(now) });
  }

  /** @returns true while something is being prepared that could be written now */
  #fill(now: number, bytesLeft: number | undefined, actions: SessionAction[]): boolean {
    const { out, ending } = this.#options;
    let allowed = bytesLeft === undefined ? Number.POSITIVE_INFINITY : bytesLeft - FAREWELL_BYTES;
    for (;;) {
      const room = Math.min(this.turns.room, allowed) - this.#writes.bytes;
      const part = room <= 0 ? undefined : out.next(Math.min(room, this.pace.piece()), !this.#filled);
      if (part === undefined) {
        // Little room is none: a piece must be worth its frame.
        if (out.hasMore && (room <= 0 || !out.preparing)) this.#filled = true;
        return room > 0 && out.preparing;
      }
      if ("do" in part) {
        actions.push(part);
        if (part.do === "prepare") this.#filled = false;
        continue;
      }
      ending.weSend();
      this.#writes.add(part);
      if (this.#writes.bytes < this.pace.piece()) continue;
      const bytes = this.#writes.flush(now, actions);
      this.#wrote(bytes, now);
      allowed -= bytes + RECORD_BYTES;
    }
  }

  #sayWhereWeStand(now: number, actions: SessionAction[]): boolean {
    const { ending, out } = this.#options;
    const { hasMore, unanswered } = out;
    const { deciding, owed } = this.#options.in;
    const step = ending.step({ half: this.turns.half, hasMore, unanswered, deciding, owed });
    if (step === "look") actions.push({ do: "look" });
    else if (step === "turn") this.#sayTurn(hasMore, now, actions);
    else if (step === "bye") this.sayBye(now, actions);
    return step === "bye";
  }

  #sayTurn(more: boolean, now: number, actions: SessionAction[]): void {
    this.queue({ kind: "turn", more, received: this.arrivals.reported(now), left: this.#options.out.waiting });
    this.#options.ending.saidTurn(more);
    if (!this.turns.half) return;
    this.#wrote(this.#writes.flush(now, actions), now);
    this.turns.pass();
  }

  #wrote(bytes: number, now: number): void {
    if (bytes === 0) return;
    this.#wroteAt = now;
    this.turns.wrote(bytes, now);
  }
}
