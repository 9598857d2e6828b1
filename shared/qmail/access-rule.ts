import { hostsAllowRule, isHostsAllow } from "./hosts-allow.ts";
import { type Line, linesOf, type Problem, type Read, type Source } from "./lines.ts";
import { tcpRules } from "./tcp-rules.ts";

/** The listener that rules are for. */
export type Service = "smtp" | "qmtp";

/** Who may do what from where, in the terms of hub.toml. */
export interface AccessRule extends Line {
  /** As `from` of a rule takes them. */
  readonly networks: readonly string[];
  readonly allow: boolean;
  /** RELAYCLIENT is set. */
  readonly relay: boolean;
}

/** A source of tcprules, of hosts.allow lines, or a file of both. */
export function readAccessRules(source: Source, service: Service): Read<AccessRule> {
  const { lines, problems } = linesOf(source);
  const wanted = lines.filter(({ text }) => text.trim() !== "" && !text.startsWith("#"));
  const hosts = wanted.filter(({ text }) => isHostsAllow(text));
  const tcp = tcpRules(wanted.filter(({ text }) => !isHostsAllow(text)));
  const said: Problem[] = [...problems, ...tcp.problems];
  const records: AccessRule[] = [...tcp.records];
  for (const line of hosts) {
    const read = hostsAllowRule(line, service, records);
    records.push(...read.records);
    said.push(...read.problems);
  }
  return { records: records.sort((a, b) => a.line - b.line), problems: said };
}
