import { isIP } from "node:net";
import type { PolicyLookup } from "#hub/policies/choose-policy.js";
import { type QueuePolicy, type Selector, type SelectorKind, selectorsOf, selectorText } from "#hub/policies/policy.js";
import { parseDestination } from "#hub/routing/route-table.js";
import { addressProblem, isDomain, MAX_ADDRESS, splitAddress } from "#shared/mail/address.js";
import { LISTENERS, type Listener } from "#shared/queue/policies.js";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** Queue policies, and what chooses them. */
export interface PolicyTable {
  readonly selected: PolicyLookup["selected"];
  get(name: string): QueuePolicy | undefined;
  list(): QueuePolicy[];
  /** Makes or replaces a policy. Throws `Refusal` for a value that cannot be used and for a selector that another one has. */
  set(policy: QueuePolicy): QueuePolicy;
  remove(name: string): void;
  /** The shortest lifetime or delay notice of all, in milliseconds; undefined where none says one. */
  shortestMs(): number | undefined;
}

interface Row {
  name: string;
  lifetime_ms: number | null;
  delay_notice_ms: number | null;
  max_message: number | null;
  bounce_from: string | null;
  double_bounce_to: string | null;
  concurrency: number | null;
  source_address: string | null;
  relay: string | null;
}

export function policyTable(db: Db, now: () => number): PolicyTable {
  const sql = policyStatements(db);
  const selectors = (name: string): Selector[] => sql.selectorsOf.all(name);
  const table: PolicyTable = {
    selected: (kind, value) => sql.selected.get(kind, value)?.policy,
    get: (name) => {
      const row = sql.get.get(name);
      return row && policyFrom(row, selectors(name));
    },
    list: () => sql.list.all().map((row) => policyFrom(row, selectors(row.name))),
    set: (policy) =>
      db
        .transaction(() => {
          const { name } = policy;
          const problem = policyProblem(policy);
          if (problem !== undefined) refuse("bad", `Cannot set the policy ${name}: ${problem}`);
          sql.put.run({ ...rowOf(policy), changed_at: now() });
          sql.clear.run(name);
          for (const one of selectorsOf(policy)) {
            const other = sql.selected.get(one.kind, one.value)?.policy;
            if (other !== undefined && other !== name)
              refuse("conflict", `Cannot set the policy ${name}: ${selectorText(one)} has the policy ${other} already`);
            sql.select.run(one.kind, one.value, name);
          }
          return table.get(name) ?? refuse("unknown", `Cannot set the policy ${name}`);
        })
        .immediate(),
    remove(name) {
      if (sql.remove.run(name).changes === 0)
        refuse("unknown", `There is no policy "${name}": see \`qrelay hub policy list\``);
    },
    shortestMs: () => sql.shortest.get()?.ms ?? undefined,
  };
  return table;
}

function policyStatements(db: Db) {
  return {
    get: db.prepare<[string], Row>("SELECT * FROM policies WHERE name = ?"),
    list: db.prepare<[], Row>("SELECT * FROM policies ORDER BY name"),
    put: db.prepare<[Row & { changed_at: number }]>(
      `INSERT OR REPLACE INTO policies VALUES (@name, @lifetime_ms, @delay_notice_ms, @max_message, @bounce_from,
         @double_bounce_to, @concurrency, @source_address, @relay, @changed_at)`,
    ),
    remove: db.prepare<[string]>("DELETE FROM policies WHERE name = ?"),
    clear: db.prepare<[string]>("DELETE FROM policy_selectors WHERE policy = ?"),
    select: db.prepare<[string, string, string]>(
      "INSERT OR REPLACE INTO policy_selectors (kind, value, policy) VALUES (?, ?, ?)",
    ),
    selected: db.prepare<[string, string], { policy: string }>(
      "SELECT policy FROM policy_selectors WHERE kind = ? AND value = ?",
    ),
    selectorsOf: db.prepare<[string], Selector>(
      "SELECT kind, value FROM policy_selectors WHERE policy = ? ORDER BY kind, value",
    ),
    shortest: db.prepare<[], { ms: number | null }>(
      `SELECT min(ms) AS ms FROM (SELECT lifetime_ms AS ms FROM policies
         UNION ALL SELECT delay_notice_ms FROM policies WHERE delay_notice_ms > 0)`,
    ),
  };
}

function rowOf(policy: QueuePolicy): Row {
  return {
    name: policy.name,
    lifetime_ms: policy.lifetimeMs ?? null,
    delay_notice_ms: policy.delayNoticeMs === "off" ? 0 : (policy.delayNoticeMs ?? null),
    max_message: policy.maxMessage ?? null,
    bounce_from: policy.bounceFrom ?? null,
    double_bounce_to: policy.doubleBounceTo ?? null,
    concurrency: policy.concurrency ?? null,
    source_address: policy.sourceAddress ?? null,
    relay: policy.relay ?? null,
  };
}

function policyFrom(row: Row, selectors: readonly Selector[]): QueuePolicy {
  const of = (kind: SelectorKind): string[] => selectors.filter((one) => one.kind === kind).map(({ value }) => value);
  return {
    name: row.name,
    accounts: of("account"),
    listeners: of("listener").filter((one): one is Listener => isListener(one)),
    senderDomains: of("sender-domain"),
    ...(row.lifetime_ms === null ? {} : { lifetimeMs: row.lifetime_ms }),
    ...(row.delay_notice_ms === null ? {} : { delayNoticeMs: row.delay_notice_ms === 0 ? "off" : row.delay_notice_ms }),
    ...(row.max_message === null ? {} : { maxMessage: row.max_message }),
    ...(row.bounce_from === null ? {} : { bounceFrom: row.bounce_from }),
    ...(row.double_bounce_to === null ? {} : { doubleBounceTo: row.double_bounce_to }),
    ...(row.concurrency === null ? {} : { concurrency: row.concurrency }),
    ...(row.source_address === null ? {} : { sourceAddress: row.source_address }),
    ...(row.relay === null ? {} : { relay: row.relay }),
  };
}

/** What is wrong with a policy by itself; it stands in entries, headers and connections as it is here. */
function policyProblem(policy: QueuePolicy): string | undefined {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(policy.name))
    return "a policy's name is up to 63 lower-case letters, digits and hyphens";
  const listener = policy.listeners.find((one) => !isListener(one));
  if (listener !== undefined) return `the listener is "${listener}", wanted ${LISTENERS.join(", ")}`;
  const domain = policy.senderDomains.find((one) => !isDomain(one.replace(/^\./, "")) || one.startsWith("["));
  if (domain !== undefined) return `the sender domain is "${domain}", wanted a domain, or .suffix for all below one`;
  const account = policy.accounts.find((one) => one === "" || /[\s"<>]/.test(one) || addressProblem(one) !== undefined);
  if (account !== undefined) return `the account is "${account}", wanted the full address that somebody logs in with`;
  for (const [what, address] of [
    ["the sender of bounces", policy.bounceFrom],
    ["the address for double bounces", policy.doubleBounceTo],
  ] as const)
    if (address !== undefined && !isFullAddress(address))
      return `${what} is "${address}", wanted an address like bounces@example.org`;
  if (policy.sourceAddress !== undefined && isIP(policy.sourceAddress) === 0)
    return `the source address is "${policy.sourceAddress}", wanted an IP address of this machine`;
  if (policy.relay !== undefined && parseDestination(policy.relay)?.kind !== "smtp")
    return `the relay is "${policy.relay}", wanted smtp://HOST or smtp://HOST:PORT`;
  return undefined;
}

/** It becomes a header field. */
function isFullAddress(address: string): boolean {
  const { local, domain } = splitAddress(address);
  return local !== "" && isDomain(domain) && address.length <= MAX_ADDRESS && !/[^\x21-\x7e]|[<>",;]/.test(address);
}

function isListener(text: string): boolean {
  return LISTENERS.some((one) => one === text);
}
