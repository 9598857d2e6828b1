import type { PeerCodecs } from "./encode-parcel.ts";
import { STATIC_DICTIONARY_ID } from "./encoding/static-dictionary.ts";
import type { History } from "./kept/history.ts";
import { ROOT } from "./kept/history-state.ts";
import { type Base, SharedContext } from "./shared-context.ts";
import type { Hello } from "./wire/hello.ts";
import type { Assumed } from "./wire/parcel-head.ts";

/**
 * Which history the sender of a direction builds on. Before the peer has spoken: what it confirmed last. Then what it
 * says it holds. When it cannot decode: less, down to nothing.
 */
/** Bytes of items that a context grows to: both ends hold them in memory, and learn them again when a parcel was overtaken. */
const FULL_CONTEXT = 8 * 1024 * 1024;

export class SenderContext {
  readonly #sent: History;
  readonly #received: History;
  #current: SharedContext;
  /** The peer does not know our base yet; the next parcel names it. */
  #unnamed: boolean;
  #peer: Hello | undefined;
  #fallbacks = 0;
  #mixing = true;
  readonly #fullAt: number;

  /** @param fullAt bytes of items that a context grows to */
  constructor(sent: History, received: History, fullAt = FULL_CONTEXT) {
    this.#fullAt = fullAt;
    this.#sent = sent;
    this.#received = received;
    this.#current = this.#open(this.#wanted());
    this.#unnamed = !isRoot(this.#current.base);
  }

  get current(): SharedContext {
    return this.#current;
  }

  /** What the peer can undo, as far as it has said. */
  get codecs(): PeerCodecs {
    const mixing = this.#mixing && this.#peer?.mixing !== false;
    const history = this.#peer === undefined || this.#peer.dictionary === STATIC_DICTIONARY_ID;
    return { mixing, history, quick: this.#peer?.zstd === true };
  }

  /** The peer's hello: if it holds something else than was assumed, the next parcels assume that. */
  async peerSays(hello: Hello): Promise<void> {
    this.#peer = hello;
    if (hello.held === this.#current.base.own || this.#current.completed > 0) return;
    // What it holds in addition was completed in a session whose answers were lost. What we do not have is another
    // history: its disk was put back from a copy, or is new.
    await this.#use({ ...this.#current.base, own: this.#sent.has(hello.held) ? hello.held : ROOT });
  }

  /** For the header of a parcel that was encoded in the current context, when that had `completed` parcels. */
  assumed(completed: number): Assumed {
    if (!this.#unnamed) return { completed };
    this.#unnamed = false;
    return { base: this.#current.base, completed: 0 };
  }

  /** It is time to `renew`, as soon as everything is answered. */
  get full(): boolean {
    return this.#current.bytes >= this.#fullAt;
  }

  /** Begins a new context on the history as it is now. The peer has it too: it has answered all that was sent. */
  async renew(): Promise<void> {
    await this.#use({ own: this.#current.state, other: this.#received.tip });
  }

  /** The peer could not decode what assumed the current base. */
  async fallBack(context: SharedContext): Promise<void> {
    // Others that assumed the same have led here before.
    if (context !== this.#current) return;
    this.#fallbacks += 1;
    // Whatever went wrong there: the simpler codec has less that can.
    this.#mixing = false;
    const held = this.#peer?.held ?? "";
    const base =
      this.#fallbacks === 1 && this.#sent.has(held) ? { own: held, other: ROOT } : { own: ROOT, other: ROOT };
    await this.#use(base);
  }

  close(): Promise<void> {
    return this.#current.close();
  }

  async #use(base: Base): Promise<void> {
    const before = this.#current;
    this.#current = this.#open(base);
    this.#unnamed = true;
    await before.close();
  }

  #wanted(): Base {
    const held = this.#peer?.held;
    const own =
      held !== undefined && this.#sent.has(held) ? held : this.#peer === undefined ? this.#sent.confirmed : ROOT;
    return { own: this.#sent.has(own) ? own : ROOT, other: this.#received.tip };
  }

  #open(base: Base): SharedContext {
    const context = SharedContext.open(this.#sent, this.#received, base);
    if (context !== undefined) return context;
    const bare = SharedContext.open(this.#sent, this.#received, { own: ROOT, other: ROOT });
    if (bare === undefined) throw new Error("A history does not know its own beginning");
    return bare;
  }
}

function isRoot({ own, other }: Base): boolean {
  return own === ROOT && other === ROOT;
}
