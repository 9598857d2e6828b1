import { networkInterfaces } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { execWords } from "#shared/io/exec-words.js";
import type { Level } from "#shared/log/events.js";
import { type KeyTable, schemaOf, type Values } from "./key-table.ts";
import type { Listen } from "./listen.ts";
import { parseNetwork } from "./network.ts";
import type { CrossCheck } from "./read-toml.ts";
import { compileRules, interfaceNetworks, LAN, type Ruleset } from "./rules.ts";
import { count, duration, flag, listen, name, oneOf, onlyOff, setting, size, text } from "./settings.ts";

/** What hub and spoke both need to know from their file. Sizes are bytes, times milliseconds. */
export interface NodeConfig {
  /** No addresses: off. */
  readonly listen: Readonly<Record<"smtp" | "submission" | "qmtp" | "link" | "pop3" | "http", readonly Listen[]>>;
  readonly smtpRules: Ruleset;
  readonly qmtpRules: Ruleset;
  readonly limits: Readonly<Record<"message" | "connections" | "perAddress" | "freeSpace" | "freeInodes", number>>;
  readonly queue: {
    readonly lifetimeMs: number;
    readonly linkLifetimeMs: number;
    readonly delayNoticeMs: number;
    readonly linkDelayNoticeMs: number;
    /** Stripped from recipients of entries that qmail-local wrote; always empty at the hub. */
    readonly prefix: string;
  };
  /** The program that sees every message before it is taken. `user`: the account that it runs as; absent: our own. */
  readonly filter?: { readonly words: readonly string[]; readonly timeoutMs: number; readonly user?: string };
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly log: { readonly level: Level };
}

const RULE_KEYS = {
  from: {
    schema: setting(`an address, a network without host bits such as 10.1.0.0/16, or "${LAN}"`, (raw) =>
      typeof raw === "string" && (raw === LAN || parseNetwork(raw) !== undefined) ? raw : undefined,
    ),
    example: '"10.1.0.0/16"',
    doc: `Address, network or "${LAN}"; the most specific one decides, what it leaves unsaid is taken from wider ones`,
  },
  allow: { schema: flag.optional(), example: "true", doc: "false refuses the connection" },
  relay: { schema: flag.optional(), example: "true", doc: "May send anywhere without a password" },
  office: {
    schema: name("an office").optional(),
    example: '"herat"',
    doc: "Counts as that office (stock qmail offices)",
  },
} satisfies KeyTable;

const rules = z.array(schemaOf(RULE_KEYS), { error: "a list of tables, each begun by its name in [[ ]]" });
const command = setting('a program and its arguments, such as "/usr/local/bin/filter --strict"', (raw) =>
  typeof raw === "string" ? execWords(raw) : undefined,
);
const file = text("the path of a PEM file");

/**
 * The keys of both files; what differs is only what is off by default. `link.listen` is the hub's alone:
 * in spoke.toml `link` is the array of links, and TOML lets no name be both.
 */
export function nodeKeys(node: "hub" | "spoke") {
  const atHub = (address: string) => (node === "hub" ? `"${address}"` : '"off"');
  return {
    "smtp.listen": {
      schema: listen,
      default: '"0.0.0.0:25"',
      doc: "Mail from other hosts, and from clients that may relay",
    },
    "submission.listen": {
      schema: listen,
      default: '"0.0.0.0:587"',
      doc: "Mail from people's programs, with password",
    },
    "qmtp.listen": { schema: listen, default: atHub("0.0.0.0:209"), doc: "QMTP, plain" },
    "pop3.listen": { schema: listen, default: '"0.0.0.0:110"', doc: "Mailboxes for people's programs" },
    "http.listen": { schema: listen, default: '"127.0.0.1:8025"', doc: "Pages, metrics and health" },
    "submissions.listen": {
      schema: onlyOff("submission.listen"),
      default: '"off"',
      doc: "Submission over TLS (465), later",
    },
    "pop3s.listen": { schema: onlyOff("pop3.listen"), default: '"off"', doc: "POP3 over TLS (995), later" },
    "qmtps.listen": { schema: onlyOff("qmtp.listen or link.listen"), default: '"off"', doc: "QMTP over TLS, later" },
    "limits.message": { schema: size, default: '"25M"', doc: "The largest message taken" },
    "limits.connections": { schema: count, default: "100", doc: "Connections at the same time, for each listener" },
    "limits.per-address": { schema: count, default: "10", doc: "Connections at the same time from one address" },
    "limits.free-space": { schema: size, default: '"50M"', doc: "With less free disk than this, mail is deferred" },
    "limits.free-inodes": { schema: count, default: "1000", doc: "With fewer free inodes than this, mail is deferred" },
    "queue.lifetime": {
      schema: duration,
      default: '"5d"',
      doc: "How long mail to the Internet is tried before it bounces",
    },
    "queue.link-lifetime": {
      schema: duration,
      default: '"90d"',
      doc: "How long mail waits for the link before it bounces",
    },
    "queue.delay-notice": {
      schema: duration,
      default: '"4h"',
      doc: "After this long the sender hears that Internet mail waits",
    },
    "queue.link-delay-notice": {
      schema: duration,
      default: '"2d"',
      doc: "After this long the sender hears that link mail waits",
    },
    "accept.filter": {
      schema: command.optional(),
      example: '"/usr/local/bin/filter"',
      doc: "A program that gets every message before it is taken: 0 takes it, 99 takes what it writes instead, 100 refuses",
    },
    "accept.filter-timeout": {
      schema: duration,
      default: '"1m"',
      doc: "After this long without an answer of the filter mail is deferred",
    },
    "tls.cert": {
      schema: file.optional(),
      example: '"/etc/qrelay/cert.pem"',
      doc: "Certificate chain; without it a self-signed one is made",
    },
    "tls.key": { schema: file.optional(), example: '"/etc/qrelay/key.pem"', doc: "The certificate's key" },
    "lan.interface": {
      schema: text("the name of a network interface").optional(),
      example: '"eth0"',
      doc: `The home network, which rules call "${LAN}"`,
    },
    "log.level": {
      schema: oneOf("debug", "info", "warn", "error"),
      default: '"info"',
      doc: "The quietest events that are logged",
    },
    "smtp.rule": { schema: rules.prefault([]), each: RULE_KEYS, doc: "Who may do what over SMTP, from where" },
    "qmtp.rule": { schema: rules.prefault([]), each: RULE_KEYS, doc: "Who may do what over QMTP, from where" },
  } satisfies KeyTable;
}

export function nodeConfig(
  values: Values<ReturnType<typeof nodeKeys>>,
  dir: string,
  own: { link: readonly Listen[]; prefix: string },
): NodeConfig {
  const home = values["lan.interface"];
  const lan = () => (home === undefined ? [] : interfaceNetworks(home, networkInterfaces));
  const { "tls.cert": cert, "tls.key": key, "accept.filter": words } = values;
  return {
    listen: {
      smtp: values["smtp.listen"],
      submission: values["submission.listen"],
      qmtp: values["qmtp.listen"],
      link: own.link,
      pop3: values["pop3.listen"],
      http: values["http.listen"],
    },
    smtpRules: compileRules(values["smtp.rule"], lan),
    qmtpRules: compileRules(values["qmtp.rule"], lan),
    limits: {
      message: values["limits.message"],
      connections: values["limits.connections"],
      perAddress: values["limits.per-address"],
      freeSpace: values["limits.free-space"],
      freeInodes: values["limits.free-inodes"],
    },
    queue: {
      lifetimeMs: values["queue.lifetime"],
      linkLifetimeMs: values["queue.link-lifetime"],
      delayNoticeMs: values["queue.delay-notice"],
      linkDelayNoticeMs: values["queue.link-delay-notice"],
      prefix: own.prefix,
    },
    ...(words === undefined ? {} : { filter: { words, timeoutMs: values["accept.filter-timeout"] } }),
    ...(cert === undefined || key === undefined ? {} : { tls: { cert: resolve(dir, cert), key: resolve(dir, key) } }),
    log: { level: values["log.level"] },
  };
}

/** What no single key shows. Works on the file as parsed, so that it can be said along with everything else. */
export const nodeProblems: CrossCheck = (raw) => {
  const tls = tableAt(raw.tls);
  const half = (["cert", "key"] as const).filter((part) => tls[part] === undefined);
  const missing =
    half.length === 1
      ? half.map((part) => ({ path: ["tls", part], wanted: "tls.cert and tls.key, both or none" }))
      : [];
  const homeless = tableAt(raw.lan).interface === undefined;
  const rules = ["smtp", "qmtp"].flatMap((room) => {
    const list = tableAt(raw[room]).rule;
    return (Array.isArray(list) ? list : []).flatMap((rule, index) =>
      homeless && tableAt(rule).from === LAN
        ? [{ path: [room, "rule", index, "from"], wanted: `the key lan.interface, which says what "${LAN}" is` }]
        : [],
    );
  });
  return [...missing, ...rules];
};

function tableAt(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
