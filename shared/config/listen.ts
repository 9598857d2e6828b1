import { isIP } from "node:net";

/** One address to listen on; port 0 lets the system choose. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

const MAX_PORT = 65_535;

export const LISTEN_WANTED = 'an ADDRESS:PORT such as 0.0.0.0:25 or [::1]:25, a list of them, or "off"';

/** `"ADDRESS:PORT"`, `"off"` or a list → the addresses, none when off; undefined when it is neither. */
export function parseListen(value: unknown): Listen[] | undefined {
  if (value === "off") return [];
  if (!Array.isArray(value)) {
    const one = parseAddress(value);
    return one === undefined ? undefined : [one];
  }
  const all = value.map(parseAddress).filter((address) => address !== undefined);
  return all.length === value.length ? all : undefined;
}

/** How the ready line and messages write an address. */
export function formatListen({ host, port }: Listen): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseAddress(value: unknown): Listen | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(value.trim());
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  // An address in brackets must be IPv6 and one without must not: ::1:25 could mean two things.
  const family = match?.[1] === undefined ? 4 : 6;
  return isIP(host) === family && port <= MAX_PORT ? { host, port } : undefined;
}
