import type { Command } from "commander";
import { compareStar, type DnsFinding, questionsFor } from "#hub/dns/compare.js";
import { type DnsRecord, type Star, starRecords } from "#hub/dns/records.js";
import { tinydnsLine, tinydnsText } from "#hub/dns/tinydns.js";
import { zoneLine, zoneText } from "#hub/dns/zone.js";
import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { table } from "#shared/cli/table.js";
import { askDns } from "#shared/io/ask-dns.js";
import { type DnsOptions, type DnsWish, dnsOptions } from "./dns-options.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";
import { dnsNotes, starOf } from "./star.ts";

/** `qrelay hub dns`: the records that the star needs, and whether the world sees them. */
export function register(parent: Command, io: Io): void {
  const dns = parent
    .command("dns")
    .description("The DNS records that the star needs; with --check: whether the resolver finds them")
    .option("--format <format>", "tinydns (its data file) or zone (RFC 1035)", "zone")
    .option("--address <ip>", "the hub's public address; may be repeated", collect, [])
    .option("--spf <mechanism>", "what else sends for us, like include:spf.example.net; may be repeated", collect, [])
    .option("--check", "compare with what the resolver says")
    .option("--server <ip[:port]>", "with --check: ask this resolver (else the machine's own)")
    .option("--timeout <duration>", "with --check: the longest that all questions may take (else 20s)");
  describe(
    dns,
    [
      "qrelay hub dns --address 192.0.2.1 --format tinydns",
      "qrelay hub dns --address 192.0.2.1 --address 2001:db8::1 --check",
      "qrelay hub dns --check --server 192.0.2.53 --json",
    ],
    [
      ...COMMON_EXITS,
      [EXIT.badData, "with --check: a record is missing, different or too many"],
      [EXIT.tempFail, "with --check: the resolver does not answer, and nothing else is wrong"],
    ],
  );
  dns.action(async (options: DnsOptions, command: Command) => {
    const wish = dnsOptions(options);
    await withHub(io, command, async (hub) => {
      const star = starOf(hub, wish);
      const notes = dnsNotes(hub, star, wish.check);
      if (!hub.globals.json) for (const note of notes) io.err(`qrelay: ${note}\n`);
      if (wish.check) await check(io, hub, wish, star, notes);
      else print(io, hub, wish, star, notes);
    });
  });
}

function print(io: Io, hub: Hub, { format }: DnsWish, star: Star, notes: string[]): void {
  const records = starRecords(star);
  const text = format === "zone" ? zoneText(records, star.domains) : tinydnsText(records, star.host);
  const mark = format === "zone" ? ";" : "#";
  // Also in the text, for it is often sent straight to a file.
  const gap = star.addresses.length === 0 ? `${mark} the addresses of ${star.host} are left out: give --address\n` : "";
  answer(io, hub.globals, gap + text, { format, records, text, notes });
}

async function check(io: Io, hub: Hub, wish: DnsWish, star: Star, notes: string[]): Promise<void> {
  const questions = questionsFor(star);
  const { servers, answers } = await askDns(questions, wish);
  const pairs = questions.map((question, index) => {
    return [question, answers[index] ?? { kind: "no-answer" as const, reason: "it was not asked" }] as const;
  });
  const line = (record: DnsRecord): string =>
    wish.format === "zone" ? zoneLine(record) : tinydnsLine(record, star.host);
  const findings = compareStar(star, pairs, line);
  const exit = exitOf(findings);
  const result = ({ [EXIT.done]: "ok", [EXIT.tempFail]: "no-answer" } as Record<number, string>)[exit] ?? "differs";
  answer(io, hub.globals, findingsText(findings, servers), { result, servers, records: findings, notes });
  endWith(exit);
}

/** What is surely wrong needs a person; an answer that did not come may come with the next try. */
function exitOf(findings: readonly DnsFinding[]): ExitCode {
  const states = new Set(findings.map(({ state }) => state));
  if (states.has("missing") || states.has("different") || states.has("extra")) return EXIT.badData;
  return states.has("no-answer") ? EXIT.tempFail : EXIT.done;
}

function findingsText(findings: readonly DnsFinding[], servers: readonly string[]): string {
  const rows = findings.map(({ state, name, type, wanted, found }) => [state, name, type, wanted ?? found.join(", ")]);
  const end = problems(findings);
  if (end.length === 0) end.push(`${servers.join(", ")}: everything is as it should be`);
  return [table(rows, ["STATE", "NAME", "TYPE", "RECORD"]), "", ...end].join("\n");
}

/** A line for each that is wrong; where nobody answers, one for all that share the reason. */
function problems(findings: readonly DnsFinding[]): string[] {
  const silent = Map.groupBy(
    findings.filter(({ state }) => state === "no-answer"),
    ({ says }) => says,
  );
  return [
    ...findings
      .filter(({ state }) => state !== "ok" && state !== "no-answer")
      .map(({ name, type, says }) => `${name} ${type}: ${says}`),
    ...[...silent].map(([says, of]) => `${of.length} of ${findings.length} not known: ${says}`),
  ];
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
