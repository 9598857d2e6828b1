import { RESERVED_FOR_RELAY } from "./limits.ts";

export interface AdmissionLimits {
  readonly maxClients: number;
  readonly maxPerAddress: number;
}

/** Counts open sockets, including those that are closing: a half-closed socket costs a descriptor too (S31). */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #strangers = new Map<string, number>();
  #open = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  /** Takes a place, or says why there is none. Call `leave` with the same arguments once for each place taken. */
  enter(address: string, relay: boolean): "ok" | "full" | "address-full" {
    const reserved = relay ? 0 : Math.min(RESERVED_FOR_RELAY, this.#limits.maxClients - 1);
    if (this.#open >= this.#limits.maxClients - reserved) return "full";
    const here = this.#strangers.get(address) ?? 0;
    if (!relay && here >= this.#limits.maxPerAddress) return "address-full";
    this.#open += 1;
    if (!relay) this.#strangers.set(address, here + 1);
    return "ok";
  }

  leave(address: string, relay: boolean): void {
    this.#open -= 1;
    if (relay) return;
    const here = (this.#strangers.get(address) ?? 1) - 1;
    if (here > 0) this.#strangers.set(address, here);
    else this.#strangers.delete(address);
  }
}
