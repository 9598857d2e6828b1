import type { RecipientAnswer } from "#shared/link/wire/answer.js";
import { DEFAULT_HELLO, type Hello } from "#shared/link/wire/hello.js";
import { Session } from "./session.ts";
import type { Offer, SessionEnd } from "./types.ts";

/** For tests: one of the two machines of `test-line.ts`. */
export interface Side {
  readonly name: "dialler" | "called";
  readonly session: Session;
  offers: Offer[];
  /** Keys in the order in which the peer's answer came. */
  readonly settled: string[];
  /** Bodies that came in whole, in order: their bytes. */
  readonly received: number[];
  ended: SessionEnd | undefined;
  endedAt: number;
  /** Frame bytes written. */
  wrote: number;
  writes: number;
}

export function offer(key: string, bytes: number, more: Partial<Offer> = {}): Offer {
  return { key, bytes, class: "normal", waitedMs: 0, begun: false, ...more };
}

export interface SideOptions {
  readonly offers?: readonly Offer[];
  readonly hello?: Partial<Hello>;
  readonly deadline?: number;
  readonly bytesLeft?: () => number;
  readonly answers?: (stream: number) => readonly RecipientAnswer[];
  /** Streams after which nothing is begun until all are answered. */
  readonly pause?: (stream: number) => boolean;
  /** Streams that this side cannot decode, and whether it sees that before the body has come. */
  readonly undecodable?: (stream: number) => "at-once" | "when-complete" | undefined;
}

const ORDER = ["urgent", "small", "normal", "bulk"];
/** A machine, and what the test knows of it. */
export function makeSide(name: Side["name"], options: SideOptions): Side {
  return {
    name,
    session: new Session({
      dialler: name === "dialler",
      hello: {
        ...DEFAULT_HELLO,
        time: 1_700_000_000,
        held: "00".repeat(8),
        dictionary: "00".repeat(4),
        ...options.hello,
      },
      ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
      rank: (offers) =>
        [...offers]
          .sort((a, b) => ORDER.indexOf(a.class) - ORDER.indexOf(b.class) || a.bytes - b.bytes)
          .map(({ key }) => key),
    }),
    offers: [...(options.offers ?? [])],
    settled: [],
    received: [],
    ended: undefined,
    endedAt: 0,
    wrote: 0,
    writes: 0,
  };
}
