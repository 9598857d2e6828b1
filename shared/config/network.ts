import { isIPv4, isIPv6 } from "node:net";

/** An IP network as numbers: every address whose first `prefix` bits are those of `base`. */
export interface Network {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;
/** ::ffff:0:0/96, under which a dual-stack socket reports IPv4 peers (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX = 96;
const MAPPED = 0xffffn;
const V4_MASK = 0xffff_ffffn;

/** An address as a network of its own. IPv4 inside IPv6 counts as IPv4; a zone (`%eth0`) is dropped. */
export function parseIp(text: string): Network | undefined {
  if (isIPv4(text)) return { family: 4, base: v4Number(text), prefix: BITS[4] };
  const bare = text.replace(/%.*$/, "");
  if (!isIPv6(bare)) return undefined;
  return unmapped({ family: 6, base: v6Number(bare), prefix: BITS[6] });
}

/** `10.1.0.0/16`, `2001:db8::/32` or a single address; undefined when it is none or has host bits set. */
export function parseNetwork(text: string): Network | undefined {
  const network = parseCidr(text);
  return network !== undefined && network.base === firstAddress(network).base ? network : undefined;
}

/** The network of an interface from its own address, `192.168.1.7/24` → 192.168.1.0/24. */
export function networkOf(cidr: string): Network | undefined {
  const network = parseCidr(cidr);
  return network === undefined ? undefined : firstAddress(network);
}

export function contains(network: Network, ip: Network): boolean {
  if (network.family !== ip.family || network.prefix > ip.prefix) return false;
  return firstAddress({ ...ip, prefix: network.prefix }).base === network.base;
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(ip: string): boolean {
  const address = parseIp(ip);
  if (address === undefined) return false;
  return address.family === 4 ? address.base >> 24n === 127n : address.base === 1n;
}

function parseCidr(text: string): Network | undefined {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  if (isIPv4(address)) return withPrefix({ family: 4, base: v4Number(address), prefix: BITS[4] }, bits);
  const bare = address.replace(/%.*$/, "");
  if (!isIPv6(bare)) return undefined;
  const network = withPrefix({ family: 6, base: v6Number(bare), prefix: BITS[6] }, bits);
  return network === undefined ? undefined : unmapped(network);
}

function withPrefix(address: Network, bits: string | undefined): Network | undefined {
  const prefix = bits === undefined ? address.prefix : Number(bits);
  return prefix <= BITS[address.family] ? { ...address, prefix } : undefined;
}

function unmapped(network: Network): Network {
  if (network.prefix < MAPPED_PREFIX || network.base >> 32n !== MAPPED) return network;
  return { family: 4, base: network.base & V4_MASK, prefix: network.prefix - MAPPED_PREFIX };
}

function firstAddress(network: Network): Network {
  const free = BigInt(BITS[network.family] - network.prefix);
  return { ...network, base: (network.base >> free) << free };
}

function v4Number(text: string): bigint {
  return text.split(".").reduce((number, part) => (number << 8n) | BigInt(Number(part)), 0n);
}

/** For a text that isIPv6 has accepted. */
function v6Number(text: string): bigint {
  const plain = text.replace(/[\d.]+\.[\d.]+$/, (tail) => {
    const number = v4Number(tail);
    return `${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const after = tail === undefined ? [] : groups(tail);
  const before = groups(head);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}
