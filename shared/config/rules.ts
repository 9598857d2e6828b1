import type { NetworkInterfaceInfo } from "node:os";
import { contains, isLoopback, type Network, networkOf, parseIp, parseNetwork } from "./network.ts";

export { isLoopback };

/** Who may do what from where: one `[[smtp.rule]]` or `[[qmtp.rule]]`. What is absent is unsaid. */
export interface Rule {
  /** Address, network, or `@lan`. */
  readonly from: string;
  /** May connect at all. */
  readonly allow?: boolean | undefined;
  /** May send anywhere without a password. */
  readonly relay?: boolean | undefined;
  /** Counts as that office (stock qmail offices). */
  readonly office?: string | undefined;
}

export interface Permission {
  readonly allow: boolean;
  readonly relay: boolean;
  readonly office?: string;
}

/** Rules made ready for `permit`. */
export interface Ruleset {
  readonly fixed: readonly Placed[];
  readonly lan: readonly Rule[];
  readonly lanNetworks: () => readonly Network[];
}

interface Placed {
  readonly network: Network;
  readonly rule: Rule;
}

/** The name in `from` for the networks of the interface that `lan.interface` names. */
export const LAN = "@lan";

/**
 * Rules ready for use; those with a `from` that is no network are left out, the schema has refused them.
 * The home network is asked for at every connection: a laptop's comes and goes while the node runs.
 */
export function compileRules(rules: readonly Rule[], lanNetworks: () => readonly Network[] = () => []): Ruleset {
  const fixed = rules.flatMap((rule) => placed(parseNetwork(rule.from), rule));
  return { fixed, lan: rules.filter((rule) => rule.from === LAN), lanNetworks };
}

/**
 * What a client at `ip` may do. Every rule that covers the address has a say, the most specific network
 * first; of two for the same network, the one written first.
 */
export function permit(ruleset: Ruleset, ip: string, defaults: { allow: boolean; relay: boolean }): Permission {
  const address = parseIp(ip);
  const rules = address === undefined ? [] : covering(ruleset, address);
  const office = rules.find((rule) => rule.office !== undefined)?.office;
  return {
    allow: rules.find((rule) => rule.allow !== undefined)?.allow ?? defaults.allow,
    relay: rules.find((rule) => rule.relay !== undefined)?.relay ?? defaults.relay,
    ...(office === undefined ? {} : { office }),
  };
}

/** The networks of one interface, from `os.networkInterfaces`; none while the interface is down. */
export function interfaceNetworks(
  name: string,
  interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>,
): readonly Network[] {
  return (interfaces()[name] ?? []).flatMap(({ cidr }) => {
    const network = cidr === null ? undefined : networkOf(cidr);
    return network === undefined ? [] : [network];
  });
}

function covering(ruleset: Ruleset, address: Network): Rule[] {
  const lan = ruleset.lan.length === 0 ? [] : ruleset.lanNetworks();
  const home = ruleset.lan.flatMap((rule) => lan.flatMap((network) => placed(network, rule)));
  return [...ruleset.fixed, ...home]
    .filter(({ network }) => contains(network, address))
    .sort((a, b) => b.network.prefix - a.network.prefix)
    .map(({ rule }) => rule);
}

function placed(network: Network | undefined, rule: Rule): Placed[] {
  return network === undefined ? [] : [{ network, rule }];
}
