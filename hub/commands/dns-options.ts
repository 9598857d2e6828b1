import { isIP } from "node:net";
import { canonicalAddress } from "#hub/dns/records.js";
import { parseMechanism } from "#hub/dns/spf.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { parseDuration } from "#shared/cli/units.js";
import { parseListen } from "#shared/config/listen.js";

/** As they stand on the command line. */
export interface DnsOptions {
  format: string;
  address: string[];
  spf: string[];
  check?: true;
  server?: string;
  timeout?: string;
}

/** What is asked of `hub dns`. */
export interface DnsWish {
  readonly format: "tinydns" | "zone";
  readonly addresses: readonly string[];
  readonly mechanisms: readonly string[];
  readonly check: boolean;
  readonly server?: string;
  readonly timeoutMs: number;
}

/** Three tries of one question take about 14 s. */
const TIMEOUT_MS = 20_000;
/** A timer of Node's takes no more than 2^31 ms, and nobody waits longer for a name. */
const MOST_MS = 600_000;

/** @throws Failure (64) that names the option, its value and what is wanted */
export function dnsOptions(options: DnsOptions): DnsWish {
  const { format, server, timeout, check = false } = options;
  if (format !== "tinydns" && format !== "zone") refuse(`print the format "${format}": wanted tinydns or zone`);
  if (!check && (server !== undefined || timeout !== undefined))
    refuse("ask a resolver without --check: add it, or leave --server and --timeout out");
  if (server !== undefined && !isServer(server))
    refuse(`ask the server "${server}": wanted an IP address, or one with a port such as 192.0.2.53:53 or [::1]:53`);
  const timeoutMs = timeout === undefined ? TIMEOUT_MS : parseDuration(timeout);
  if (timeoutMs === undefined || timeoutMs < 1 || timeoutMs > MOST_MS)
    refuse(`wait "${timeout}": wanted a duration up to 10m, such as 30s`);
  return {
    format,
    addresses: [...new Set(options.address.map(publicAddress))],
    mechanisms: [...new Set(options.spf.map(mechanism))],
    check,
    timeoutMs,
    ...(server === undefined ? {} : { server }),
  };
}

function publicAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address === undefined) return refuse(`use the address "${text}": wanted an IPv4 or IPv6 address of the hub`);
  if (address === "0.0.0.0" || address === "::")
    return refuse(
      `use the address "${text}": it means every address; wanted the one by which the world reaches the hub`,
    );
  return address;
}

function mechanism(text: string): string {
  return (
    parseMechanism(text) ??
    refuse(`use the SPF mechanism "${text}": wanted include:NAME, a:NAME, mx:NAME, ip4:ADDRESS or ip6:ADDRESS`)
  );
}

function isServer(text: string): boolean {
  const [at, ...more] = parseListen(text) ?? [];
  return isIP(text) !== 0 || (at !== undefined && more.length === 0 && at.port > 0);
}

function refuse(what: string): never {
  throw new Failure(EXIT.usage, `Cannot ${what}`);
}
