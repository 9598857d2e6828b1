import { z } from "zod";
import { type KeyTable, schemaOf, type Values } from "#shared/config/key-table.js";
import type { Listen } from "#shared/config/listen.js";
import { duration, listen, name, oneOf, setting, size } from "#shared/config/settings.js";
import { execWords } from "#shared/io/exec-words.js";
import type { Budget, Price } from "#shared/link/budget.js";
import { CLASSES, type ParcelClass } from "#shared/link/parcel.js";
import { cronProblem, type Window, type Windows } from "#shared/link/windows.js";

import { budget, price } from "./link-budget.ts";

/** Where a link leads. */
export type Connect =
  | { readonly scheme: "tls" | "qmtp"; readonly host: string; readonly port: number }
  /** A command whose stdin and stdout are the carrier; TLS runs inside. */
  | { readonly scheme: "exec"; readonly command: readonly string[] };

export interface Link {
  readonly name: string;
  readonly connect: Connect;
  readonly protocol: "qrelay" | "qmtp";
  readonly duplex: "full" | "half";
  readonly order: "receive-first" | "send-first" | "both";
  /** Empty: only when asked. */
  readonly windows: Windows;
  /** What a window, and all of a month, may use. */
  readonly budget?: Budget;
  /** What the line costs. */
  readonly price?: Price;
  /** Larger messages wait for another link. */
  readonly maxMessage?: number;
  /** What may cross, either way; absent: all classes. */
  readonly classes?: readonly ParcelClass[];
  /** Old mail is kept, against which new mail is shortened. */
  readonly history: boolean;
  /** Where the hub may call; no addresses: nowhere. */
  readonly listen: readonly Listen[];
}

const DEFAULT_PORT = { tls: 6209, qmtp: 209 } as const;
const CONNECT_WANTED = 'tls://HOST:PORT, qmtp://HOST:PORT or "exec:/PATH/TO/COMMAND ARGUMENT…"';

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
    doc: "tls://HOST:PORT for the qrelay link, exec:COMMAND for one over a modem or helper, qmtp://HOST:PORT for a plain QMTP server",
  },
  protocol: {
    schema: oneOf("qrelay", "qmtp").optional(),
    example: '"qrelay"',
    doc: "qrelay sessions (tls:// or exec:) or QMTP; by the scheme when absent",
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
  budget: {
    schema: budget.optional(),
    example: "{ window = { minutes = 15 }, month = { money = 100 } }",
    doc: 'What a window may use: bytes on the wire such as "200k", or { bytes, minutes, money }; with window = {…} and month = {…} also what a calendar month may',
  },
  price: {
    schema: price.optional(),
    example: '{ minute = 1.44, step = "20s", currency = "USD" }',
    doc: "What the line costs, for budgets in money: minute (billed in steps), megabyte (of at least `least` a session), setup",
  },
  // It stands here because TOML cannot hold both a table "link" and a list [[link]]; --set link.listen=… reaches it.
  listen: {
    schema: listen,
    default: '"off"',
    doc: "Where the hub may call this office: ADDRESS:PORT such as 0.0.0.0:6209, for offices that the hub dials",
  },
  "max-message": { schema: size.optional(), example: '"20k"', doc: "Larger messages wait for another link" },
  classes: {
    schema: z
      .array(oneOf(...CLASSES))
      .min(1)
      .optional(),
    example: '["urgent", "small"]',
    doc: "What may cross here, either way: urgent, small, normal, bulk; all when absent",
  },
  history: {
    schema: oneOf("on", "off"),
    default: '"on"',
    doc: "Old mail is kept on this disk, 2 MB each way, so that new mail that repeats it crosses in fewer bytes; off for none",
  },
} satisfies KeyTable;

export function linkOf(values: Values<typeof LINK_KEYS>): Link {
  const { name, connect, duplex, order, windows, history, classes, listen: at, "max-message": maxMessage } = values;
  return {
    listen: at,
    name,
    connect,
    protocol: values.protocol ?? (connect.scheme === "qmtp" ? "qmtp" : "qrelay"),
    duplex,
    order,
    windows,
    history: history === "on",
    ...(classes === undefined ? {} : { classes }),
    ...(values.budget === undefined ? {} : { budget: values.budget }),
    ...(values.price === undefined ? {} : { price: values.price }),
    ...(maxMessage === undefined ? {} : { maxMessage }),
  };
}

/** `tls://HOST[:PORT]`, `qmtp://HOST[:PORT]`; an IPv6 address in brackets. */
export function parseConnect(raw: unknown): Connect | undefined {
  if (typeof raw !== "string") return undefined;
  if (raw.startsWith("exec:")) return parseExec(raw.slice("exec:".length));
  const match = /^(tls|qmtp):\/\/(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(raw.trim());
  if (match === null) return undefined;
  const scheme = match[1]?.toLowerCase() === "tls" ? "tls" : "qmtp";
  const port = match[4] === undefined ? DEFAULT_PORT[scheme] : Number(match[4]);
  return port >= 1 && port <= 65_535 ? { scheme, host: match[2] ?? match[3] ?? "", port } : undefined;
}

/** By its whole path: a service has another PATH than the shell in which it was tried. */
function parseExec(text: string): Connect | undefined {
  const command = execWords(text);
  return command?.[0]?.startsWith("/") === true ? { scheme: "exec", command } : undefined;
}

function cronFields(raw: unknown): string | undefined {
  return typeof raw === "string" && cronProblem(raw) === undefined ? raw : undefined;
}

function timeZone(raw: unknown): string | undefined {
  return typeof raw === "string" && cronProblem("* * * * *", raw) === undefined ? raw : undefined;
}
