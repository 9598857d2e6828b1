import type { AccessRule, Service } from "./access-rule.ts";
import type { Account } from "./accounts.ts";
import type { AliasRecord, TextAlias } from "./alias-text.ts";
import type { Pair } from "./control-files.ts";
import type { Line, Problem, Read } from "./lines.ts";
import type { Assignment } from "./users-assign.ts";
import type { VirtualDomain } from "./virtual-domains.ts";

/** A qmail tree, read. What is absent in the tree is absent here. */
export interface QmailTree {
  readonly me?: Read<Line>;
  readonly defaultHost?: Read<Line>;
  readonly defaultDomain?: Read<Line>;
  readonly plusDomain?: Read<Line>;
  readonly locals?: Read<Line>;
  readonly rcptHosts?: Read<Line>;
  readonly moreRcptHosts?: Read<Line>;
  readonly virtualDomains?: Read<VirtualDomain>;
  readonly smtpRoutes?: Read<Pair>;
  /** users/assign, and behind it the accounts of the machine, whom qmail asks for after it. */
  readonly assign?: Read<Assignment>;
  /** The text, or what was compiled. */
  readonly aliases?: Read<AliasRecord | TextAlias>;
  /** Homes, the alias account's among them. */
  readonly accounts: readonly Account[];
  readonly rules: readonly { readonly service: Service; readonly rules: Read<AccessRule> }[];
  /** The other files of control/ whose lines are known to mean something. */
  readonly settings: readonly { readonly name: string; readonly lines: Read<Line> }[];
  /** What is there and is not read, and why. */
  readonly told: readonly Problem[];
}
