import { accountKey, type PolicyLookup } from "#hub/policies/choose-policy.js";
import type { PolicySettings, QueuePolicy } from "#hub/policies/policy.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { parseDuration, parseSize } from "#shared/cli/units.js";
import { addressKey, canonicalDomain } from "#shared/mail/address.js";
import type { Listener } from "#shared/queue/policies.js";

/** What `policy set` is given, as words. */
export interface PolicyOptions {
  readonly account: readonly string[];
  readonly listener: readonly string[];
  readonly senderDomain: readonly string[];
  readonly lifetime?: string;
  readonly delayNotice?: string;
  readonly maxMessage?: string;
  readonly bounceFrom?: string;
  readonly doubleBounceTo?: string;
  readonly concurrency?: string;
  readonly sourceAddress?: string;
  readonly relay?: string;
}

/** The policy that the words mean; the directory looks at what they are. Throws a Failure for words that mean nothing. */
export function readPolicy(name: string, options: PolicyOptions, look: Pick<PolicyLookup, "isDomain">): QueuePolicy {
  const { bounceFrom, doubleBounceTo, sourceAddress, relay } = options;
  return {
    name,
    accounts: unique(options.account.map((one) => accountKey(addressKey(one), look))),
    // The table refuses what is no listener.
    listeners: unique(options.listener.map((one) => one.toLowerCase())) as Listener[],
    senderDomains: unique(options.senderDomain.map(canonicalDomain)),
    ...timesOf(name, options),
    ...countsOf(name, options),
    ...(bounceFrom === undefined ? {} : { bounceFrom }),
    ...(doubleBounceTo === undefined ? {} : { doubleBounceTo }),
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    ...(relay === undefined ? {} : { relay }),
  };
}

function timesOf(name: string, { lifetime, delayNotice }: PolicyOptions): PolicySettings {
  const wanted = "wanted a duration like 4h or 10d";
  const lifetimeMs = read(name, "lifetime", lifetime, positive(parseDuration), wanted);
  const delayNoticeMs =
    delayNotice === "off"
      ? "off"
      : read(name, "delay notice", delayNotice, positive(parseDuration), `${wanted}, or off`);
  return {
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(delayNoticeMs === undefined ? {} : { delayNoticeMs }),
  };
}

function countsOf(name: string, options: PolicyOptions): PolicySettings {
  const maxMessage = read(name, "largest message", options.maxMessage, positive(parseSize), "wanted a size like 5m");
  const whole = (text: string) => (/^\d{1,6}$/.test(text) ? Number(text) : undefined);
  const concurrency = read(name, "concurrency", options.concurrency, positive(whole), "wanted a number, 1 or more");
  return {
    ...(maxMessage === undefined ? {} : { maxMessage }),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

function read(
  name: string,
  what: string,
  text: string | undefined,
  parse: (text: string) => number | undefined,
  wanted: string,
): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined)
    throw new Failure(EXIT.badData, `Cannot set the policy ${name}: the ${what} is "${text}", ${wanted}`);
  return value;
}

const positive =
  (parse: (text: string) => number | undefined) =>
  (text: string): number | undefined =>
    parse(text) || undefined;

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
