import { addressKey, splitAddress } from "#shared/mail/address.js";
import type { Entrance } from "#shared/queue/policies.js";
import type { Selector, SelectorKind } from "./policy.ts";

/**
 * Which policy a message has (pure): that of the account which has logged in, else of the listener, else of the envelope
 * sender's domain: exact, then ever shorter suffixes. A bounce has no sender and with it no domain.
 */
export interface PolicyLookup {
  /** The name of the policy that says this of itself. */
  selected(kind: SelectorKind, value: string): string | undefined;
  /** One of the organisation's own domains, which all mean the same people. */
  isDomain(domain: string): boolean;
}

export interface ChosenPolicy {
  readonly policy: string;
  /** What decided. */
  readonly by: Selector;
}

/** A name has at most 127 labels (RFC 1035 §2.3.4: 255 octets): a bound on the look-ups for one message. */
const MAX_LABELS = 127;

export function choosePolicy(
  look: PolicyLookup,
  { listener, account }: Entrance,
  sender: string,
): ChosenPolicy | undefined {
  const selectors: Selector[] = [
    ...(account === undefined ? [] : [{ kind: "account", value: accountKey(account, look) } as const]),
    { kind: "listener", value: listener },
    ...domainsOf(sender).map((value) => ({ kind: "sender-domain", value }) as const),
  ];
  for (const by of selectors) {
    const policy = look.selected(by.kind, by.value);
    if (policy !== undefined) return { policy, by };
  }
  return undefined;
}

/** Somebody of the organisation by name alone, in whichever of its domains she is written; others by their address. */
export function accountKey(address: string, { isDomain }: Pick<PolicyLookup, "isDomain">): string {
  const { local, domain } = splitAddress(address);
  return domain === "" || isDomain(domain) ? addressKey(local) : `${addressKey(local)}@${domain}`;
}

function domainsOf(sender: string): string[] {
  const { domain } = splitAddress(sender);
  if (domain === "") return [];
  const labels = domain.split(".").slice(-MAX_LABELS);
  return [domain, ...labels.slice(1).map((_, index) => `.${labels.slice(index + 1).join(".")}`)];
}
