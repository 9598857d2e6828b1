import { Session } from "./session/session.ts";
import type { Moment, SessionAction, SessionEvent, SessionOptions } from "./session/types.ts";

/**
 * Feeds the session machine: events one after the other, also those that an action brings about; then, once for all of
 * them, what follows from where it stands. So what one chunk says is answered by one write. Wakes it when it wants to be.
 */
export interface DriveOptions {
  readonly session: SessionOptions;
  readonly act: (action: SessionAction) => void;
  readonly moment: () => Moment;
  /** A bug, or a disk in trouble: it ends the session, not the node. */
  readonly fail: (error: unknown) => void;
  /** No more ticks are wanted. */
  readonly over: () => boolean;
  readonly after: (session: Session) => void;
}

/** Longest delay of setTimeout. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Driver {
  readonly session: Session;
  readonly #options: DriveOptions;
  readonly #events: SessionEvent[] = [];
  #handling = false;
  #gathering = false;
  #handled = 0;
  #settled = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DriveOptions) {
    this.#options = options;
    this.session = new Session(options.session);
  }

  post(event: SessionEvent): void {
    this.#events.push(event);
    if (!this.#handling) this.together(() => this.#handleAll());
  }

  /** Everything that `work` posts belongs together. */
  together(work: () => void): void {
    if (this.#gathering) {
      work();
      return;
    }
    this.#gathering = true;
    try {
      work();
      do {
        this.#settled = this.#handled;
        this.#actAll(this.session.go(this.#options.moment()));
        this.#handleAll();
      } while (this.#handled > this.#settled);
    } catch (error) {
      this.#options.fail(error);
    } finally {
      this.#gathering = false;
    }
    this.#options.after(this.session);
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #handleAll(): void {
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#handled += 1;
        this.#actAll(this.session.handle(next, this.#options.moment()));
      }
    } finally {
      this.#handling = false;
    }
  }

  #actAll(actions: readonly SessionAction[]): void {
    for (const action of actions) this.#options.act(action);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#options.over()) return;
    const wait = this.session.wakeAt() - this.#options.moment().now;
    if (!Number.isFinite(wait)) return;
    this.#timer = setTimeout(() => this.post({ kind: "tick" }), Math.min(Math.max(Math.ceil(wait), 1), MAX_TIMER_MS));
  }
}
