/** What the load process is told (one JSON argument) and what it answers (one JSON line). */
export interface LoadOrder {
  readonly protocol: "smtp" | "qmtp";
  readonly port: number;
  /** Connections at once, each with one message after another. */
  readonly connections: number;
  /** Messages unanswered at once on one connection; SMTP has 1. */
  readonly inFlight: number;
  /** No message is begun after this many seconds… */
  readonly seconds: number;
  /** …or after this many messages on each connection. */
  readonly messages?: number;
  /** Bytes of one message. */
  readonly bytes: number;
  readonly sender: string;
  readonly recipient: string;
}

export interface LoadResult {
  /** Answered 250 or K. */
  readonly accepted: number;
  /** Answered otherwise. */
  readonly refused: number;
  /** From the first message's first byte to the last answer. */
  readonly seconds: number;
  /** The last answer that was a refusal. */
  readonly refusal?: string;
}

/** Counts answers and says when to stop; all connections of one run share it. */
export class Tally {
  accepted = 0;
  refused = 0;
  refusal: string | undefined;
  readonly #deadline: number;
  readonly #began = performance.now();
  #last = this.#began;

  constructor(seconds: number) {
    this.#deadline = this.#began + seconds * 1000;
  }

  get over(): boolean {
    return performance.now() >= this.#deadline;
  }

  count(ok: boolean, answer: string): void {
    this.#last = performance.now();
    if (ok) this.accepted += 1;
    else {
      this.refused += 1;
      this.refusal = answer.slice(0, 200);
    }
  }

  result(): LoadResult {
    return {
      accepted: this.accepted,
      refused: this.refused,
      seconds: (this.#last - this.#began) / 1000,
      ...(this.refusal === undefined ? {} : { refusal: this.refusal }),
    };
  }
}
