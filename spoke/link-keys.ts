import { z } from "zod";
import { type KeyTable, schemaOf, type Values } from "#shared/config/key-table.js";
import type { Listen } from "#shared/config/listen.js";
import { duration, listen, name, oneOf, setting, size } from "#shared/config/settings.js";
import { cronProblem, type Window, type Windows } from "#shared/link/windows.js";

/** Where a link leads. */
export interface Connect {
  readonly scheme: "tls" | "qmtp";
  readonly host: string;
  readonly port: number;
}

export interface Link {
  readonly name: string;
  readonly connect: Connect;
  readonly protocol: "qrelay" | "qmtp";
  readonly duplex: "full" | "half";
  readonly order: "receive-first" | "send-first" | "both";
  /** Empty: only when asked. */
  readonly windows: Windows;
  /** Bytes on the wire for each window. */
  readonly budget?: number;
  /** Larger messages wait for another link. */
  readonly maxMessage?: number;
  /** Where the hub may call; no addresses: nowhere. */
  readonly listen: readonly Listen[];
}

const DEFAULT_PORT = { tls: 6209, qmtp: 209 } as const;
const CONNECT_WANTED = "tls://HOST:PORT or qmtp://HOST:PORT (exec: comes with a later version)";

const WINDOW_KEYS = {
  cron: {
    schema: setting('five cron fields such as "0 7,17 * * *"', cronFields),
    doc: "When the window opens",
  },
  for: { schema: duration, doc: "How long it stays open" },
  zone: {
    schema: setting('a time zone such as "Asia/Kabul"', timeZone).optional(),
    example: '"Asia/Kabul"',
    doc: "The zone of the hours in cron; the node's own when absent",
  },
} satisfies KeyTable;

const windows = setting('"always" or a list of { cron, for, zone }', (raw) =>
  raw === "always" || Array.isArray(raw) ? raw : undefined,
);
const windowList = z.array(schemaOf(WINDOW_KEYS)).transform((list): Window[] => {
  return list.map(({ cron, for: forMs, zone }) => ({ cron, forMs, ...(zone === undefined ? {} : { zone }) }));
});

export const LINK_KEYS = {
  name: {
    schema: name("a name for the link, such as hf"),
    example: '"hf"',
    doc: "What flush --link and the log call it",
  },
  connect: {
    schema: setting(CONNECT_WANTED, parseConnect),
    example: '"tls://kabul.example.org:6209"',
    doc: "tls://HOST:PORT for the qrelay link, qmtp://HOST:PORT for a plain QMTP server",
  },
  protocol: {
    schema: oneOf("qrelay", "qmtp").optional(),
    example: '"qrelay"',
    doc: "qrelay sessions (needs tls://) or QMTP; by the scheme when absent",
  },
  duplex: {
    schema: oneOf("full", "half"),
    default: '"full"',
    doc: "half for a line that carries one direction at a time",
  },
  order: { schema: oneOf("both", "receive-first", "send-first"), default: '"both"', doc: "What crosses first" },
  windows: {
    schema: windows.pipe(z.union([z.literal("always"), windowList])),
    default: "[]",
    doc: 'When the link opens by itself: "always", or a list of { cron = "0 7,17 * * *", for = "15m", zone = "Asia/Kabul" }',
  },
  budget: { schema: size.optional(), example: '"200k"', doc: "Bytes on the wire for each window, TLS included" },
  // It stands here because TOML cannot hold both a table "link" and a list [[link]]; --set link.listen=… reaches it.
  listen: {
    schema: listen,
    default: '"off"',
    doc: "Where the hub may call this office: ADDRESS:PORT such as 0.0.0.0:6209, for offices that the hub dials",
  },
  "max-message": { schema: size.optional(), example: '"20k"', doc: "Larger messages wait for another link" },
} satisfies KeyTable;

export function linkOf(values: Values<typeof LINK_KEYS>): Link {
  const { name, connect, duplex, order, windows, budget, listen: at, "max-message": maxMessage } = values;
  return {
    listen: at,
    name,
    connect,
    protocol: values.protocol ?? (connect.scheme === "tls" ? "qrelay" : "qmtp"),
    duplex,
    order,
    windows,
    ...(budget === undefined ? {} : { budget }),
    ...(maxMessage === undefined ? {} : { maxMessage }),
  };
}

/** `tls://HOST[:PORT]`, `qmtp://HOST[:PORT]`; an IPv6 address in brackets. */
export function parseConnect(raw: unknown): Connect | undefined {
  if (typeof raw !== "string") return undefined;
  const match = /^(tls|qmtp):\/\/(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(raw.trim());
  if (match === null) return undefined;
  const scheme = match[1]?.toLowerCase() === "tls" ? "tls" : "qmtp";
  const port = match[4] === undefined ? DEFAULT_PORT[scheme] : Number(match[4]);
  return port >= 1 && port <= 65_535 ? { scheme, host: match[2] ?? match[3] ?? "", port } : undefined;
}

function cronFields(raw: unknown): string | undefined {
  return typeof raw === "string" && cronProblem(raw) === undefined ? raw : undefined;
}

function timeZone(raw: unknown): string | undefined {
  return typeof raw === "string" && cronProblem("* * * * *", raw) === undefined ? raw : undefined;
}
