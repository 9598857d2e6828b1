import type { Listener } from "#shared/queue/policies.js";

/** A queue policy as the administrator wrote it. Absent: what hub.toml says. Sizes are bytes, times milliseconds. */
export interface PolicySettings {
  readonly lifetimeMs?: number;
  readonly delayNoticeMs?: number | "off";
  readonly maxMessage?: number;
  /** In the header of its bounces. */
  readonly bounceFrom?: string;
  readonly doubleBounceTo?: string;
  /** Deliveries to the Internet under way at once. */
  readonly concurrency?: number;
  /** The local end of connections to the Internet. */
  readonly sourceAddress?: string;
  /** Where mail for the Internet goes that no route but `*` is for, as a route's destination. */
  readonly relay?: string;
}

/** Whose mail has the policy. */
export interface PolicySelectors {
  /** As `accountKey` gives them. */
  readonly accounts: readonly string[];
  readonly listeners: readonly Listener[];
  /** Domains, and `.suffix` for all below one. */
  readonly senderDomains: readonly string[];
}

export interface QueuePolicy extends PolicySelectors, PolicySettings {
  readonly name: string;
}

export type SelectorKind = "account" | "listener" | "sender-domain";

export interface Selector {
  readonly kind: SelectorKind;
  readonly value: string;
}

export function selectorsOf({ accounts, listeners, senderDomains }: PolicySelectors): Selector[] {
  return [
    ...accounts.map((value) => ({ kind: "account", value }) as const),
    ...listeners.map((value) => ({ kind: "listener", value }) as const),
    ...senderDomains.map((value) => ({ kind: "sender-domain", value }) as const),
  ];
}

export function selectorText({ kind, value }: Selector): string {
  return `the ${kind.replace("-", " ")} ${value}`;
}
