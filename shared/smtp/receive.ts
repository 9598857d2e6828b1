import type { Readable } from "node:stream";
import { TextIntake } from "./text-intake.ts";
import { type Refusal, refuse, SmtpDataError, type Verdict } from "./types.ts";

/**
 * Between 354 and the reply. Nothing is promised until the owner's verdict is ok *and* the message was read to
 * its end; a crash or a lost client before that leaves nothing here, and the owner's iterator throws.
 */
export interface Reception {
  readonly verdict: Verdict & { text?: string };
  /** Close after the reply: what follows on this connection may be smuggled. */
  readonly hangUp: boolean;
  /** False when the client sent far more than the limit: the reply goes out although the message has not ended. */
  readonly ended: boolean;
}

export interface ReceptionRules {
  readonly bareLineEnds: "refuse" | "keep";
  readonly maxMessage: number;
  /** What the listener takes from others, and reads of one too large for its sender; absent: `maxMessage`. */
  readonly mostMessage?: number;
}

type Owner = (message: AsyncIterable<Uint8Array>) => Promise<Verdict & { text?: string }>;

/** What is read and thrown away after a refusal, in multiples of the limit, before the client is cut off. */
const DISCARD_FACTOR = 2;

/** Hands the message to `owner` and waits for both: the verdict and the end of the message. Throws what the owner threw. */
export async function receiveMessage(data: Readable, rules: ReceptionRules, owner: Owner): Promise<Reception> {
  const reader = new MessageReader(data, rules);
  const [owned] = await Promise.allSettled([owner(reader.text())]);
  const readWhole = reader.ended;
  await reader.discard((rules.mostMessage ?? rules.maxMessage) * DISCARD_FACTOR);
  const { ended, fault } = reader;
  // Our own fault comes first: the owner let it pass, or made something of it that the client must not hear.
  if (fault !== undefined) return { verdict: fault.refusal, hangUp: fault.hangUp, ended };
  if (owned.status === "rejected") throw owned.reason;
  if (owned.value.ok && !readWhole) throw new Error("A message was accepted before it was read to its end");
  return { verdict: owned.value, hangUp: false, ended };
}

class MessageReader {
  ended: boolean = false;
  fault: { readonly refusal: Refusal; readonly hangUp: boolean } | undefined;
  readonly #intake: TextIntake;
  // Not `for await` over the stream itself: that destroys it at an early exit, and the library then answers before
  // the message has ended.
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(data: Readable, rules: ReceptionRules) {
    this.#intake = new TextIntake(rules);
    this.#chunks = data.iterator({ destroyOnReturn: false });
  }

  async *text(): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) {
      const text = this.#intake.take(chunk);
      this.#check();
      if (text.length > 0) yield text;
    }
    const rest = this.#intake.end();
    this.#check();
    if (rest.length > 0) yield rest;
  }

  /** Reads on to the end so that the reply meets a client that listens; gives up after `limit` bytes. */
  async discard(limit: number): Promise<void> {
    let discarded = 0;
    while (!this.ended && discarded <= limit) {
      const chunk = await this.#next().catch((error: unknown) => {
        if (error instanceof SmtpDataError) return undefined;
        throw error;
      });
      if (chunk === undefined) return;
      discarded += chunk.length;
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const step = await this.#chunks.next();
      if (step.done !== true) return step.value;
      this.ended = true;
      return undefined;
    } catch (error) {
      // The library destroys the stream when the client goes away in mid-DATA; nobody will read this reply.
      this.ended = true;
      this.fault ??= { refusal: refuse(451, "4.4.2", "Connection lost before the end of the message"), hangUp: true };
      throw new SmtpDataError(this.fault.refusal, { cause: error });
    }
  }

  #check(): void {
    const fault = this.#intake.fault;
    if (fault === undefined) return;
    this.fault ??= fault;
    throw new SmtpDataError(fault.refusal);
  }
}
