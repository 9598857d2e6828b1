import type { ByeReason, Left } from "#shared/link/wire/frame-types.js";
import type { SessionEnd } from "./types.ts";

/**
 * When a side has nothing (more) to write: should it look again, wait, pass the turn or say good-bye? (Pure.) A session is
 * drained when both have said that nothing more comes and every parcel has its answer; mail that arrives before the
 * good-bye still goes.
 */
export interface Standing {
  readonly half: boolean;
  /** Parcels of ours wait for room, or for the next over. */
  readonly hasMore: boolean;
  /** Parcels of ours without an answer. */
  readonly unanswered: number;
  /** Parcels of the peer that are wholly here and being decided. */
  readonly deciding: number;
  /** Parcels of the peer without an answer, those that are still crossing too. */
  readonly owed: number;
}

export type Step = "wait" | "look" | "turn" | "bye";

/** Turns that bring nothing, one after the other, end a session whose ends do not understand each other. */
const MAX_EMPTY_TURNS = 6;

export class Ending {
  readonly #stay: boolean;
  #peerStays = false;
  #stopped: ByeReason | undefined;
  #peerNone = false;
  #weSaidNone = false;
  #fresh = false;
  #asked = false;
  #emptyTurns = 0;
  #byeSent: ByeReason | undefined;
  #peerBye: ByeReason | undefined;
  #peerLeft: Left | undefined;

  constructor(stay: boolean) {
    this.#stay = stay;
  }

  stop(reason: ByeReason): void {
    this.#stopped ??= reason;
  }

  looked(): void {
    this.#fresh = true;
    this.#asked = false;
  }

  newMail(): void {
    this.#fresh = false;
  }

  weSend(): void {
    this.#weSaidNone = false;
    this.#emptyTurns = 0;
  }

  peerSends(): void {
    this.#peerNone = false;
    this.#emptyTurns = 0;
  }

  peerHas(more: boolean, left: Left): void {
    this.#peerNone = !more;
    this.#peerLeft = left;
    this.#emptyTurns += 1;
  }

  peerStays(stay: boolean): void {
    this.#peerStays = stay;
  }

  peerLeaves(reason: ByeReason, left: Left): void {
    this.#peerBye = reason;
    this.#peerLeft = left;
  }

  /** Nothing new is begun any more. */
  get isOver(): boolean {
    return this.#stopped !== undefined || this.#byeSent !== undefined || this.#peerBye !== undefined;
  }

  get peerIsDone(): boolean {
    return this.#peerNone;
  }

  get peerHasLeft(): boolean {
    return this.#peerBye !== undefined;
  }

  /** Asked to look, and not yet told. */
  get looking(): boolean {
    return this.#asked;
  }

  get byeSent(): boolean {
    return this.#byeSent !== undefined;
  }

  get staying(): boolean {
    return this.#stay && this.#peerStays;
  }

  step(standing: Standing): Step {
    if (this.#byeSent !== undefined || this.#peerBye !== undefined) return "wait";
    if (this.#stopped !== undefined) return standing.deciding > 0 ? "wait" : "bye";
    // Answers that are a moment away go before the turn, and what they bring about goes with them.
    if (standing.deciding > 0) return "wait";
    if (!standing.hasMore && !this.#fresh) return this.#askOnce();
    if (this.staying) return "wait";
    const settled = !standing.hasMore && standing.unanswered === 0 && standing.owed === 0;
    if (settled && this.#peerNone) return "bye";
    if (standing.half) return this.#emptyTurns > MAX_EMPTY_TURNS ? "bye" : "turn";
    if (standing.hasMore || this.#weSaidNone) return "wait";
    return "turn";
  }

  #askOnce(): Step {
    if (this.#asked) return "wait";
    this.#asked = true;
    return "look";
  }

  saidTurn(more: boolean): void {
    this.#weSaidNone = !more;
  }

  /** The reason of our good-bye. */
  sayBye(): ByeReason {
    this.#byeSent = this.#stopped ?? "drained";
    return this.#byeSent;
  }

  /** How the session ended, once either side has said good-bye. */
  end(unanswered: number): SessionEnd | undefined {
    const peerLeft = this.#peerLeft === undefined ? {} : { peerLeft: this.#peerLeft };
    if (this.#byeSent !== undefined) return { kind: KIND[this.#byeSent], ...peerLeft };
    if (this.#peerBye === undefined) return undefined;
    if (this.#peerBye === "drained" && unanswered > 0)
      return { kind: "cut", reason: "the peer left before it had answered everything", ...peerLeft };
    const kind = KIND[this.#peerBye];
    const reason = kind === "cut" ? { reason: `the peer said: ${this.#peerBye}` } : {};
    return { kind, ...reason, ...peerLeft };
  }
}

const KIND: Readonly<Record<ByeReason, SessionEnd["kind"]>> = {
  drained: "drained",
  time: "time",
  budget: "budget",
  "going-down": "stopped",
  "protocol-error": "cut",
};
