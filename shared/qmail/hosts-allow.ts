import { isIPv4 } from "node:net";
import { contains, networkOf, parseNetwork } from "#shared/config/network.js";
import type { AccessRule, Service } from "./access-rule.ts";
import { bad, type Line, noted, type Problem, place, type Read, told } from "./lines.ts";

/** `tcp-env: 10.1. 192.0.2.7: setenv = RELAYCLIENT`, as the TCP wrappers read it (hosts_access(5), hosts_options(5)). */
export function isHostsAllow(text: string): boolean {
  // tcprules know addresses, =host and info@host before the colon, and one word without a blank behind it.
  return /^\s*[a-z][\w.-]*(?:[\s,]+[a-z][\w.-]*)*\s*:/i.test(text) && !/^[^:\s]*:(allow|deny)(,|$)/.test(text);
}

const DAEMONS: Readonly<Record<Service, readonly string[]>> = {
  smtp: ["all", "smtp", "smtpd", "tcp-env", "qmail-smtpd"],
  qmtp: ["all", "qmtp", "qmtpd", "qmail-qmtpd"],
};

/** @param earlier rules of the lines before: of two that fit a client the first counts there, the most exact one here */
export function hostsAllowRule(line: Line, service: Service, earlier: readonly AccessRule[]): Read<AccessRule> {
  const [daemons = "", clients = "", ...options] = line.text.split(/:(?![^[]*\])/).map((part) => part.trim());
  if (!words(daemons).some((daemon) => DAEMONS[service].includes(daemon.toLowerCase()))) {
    return only(noted(line, `it is not about ${service}`, "nothing to do"));
  }
  if (words(clients).length === 0) return only(bad(line, "it names no client", "write DAEMON: CLIENT, CLIENT"));
  if (/\bEXCEPT\b/i.test(clients))
    return only(told(line, "EXCEPT has no counterpart", "write a rule of its own for the exception"));
  const problems: Problem[] = [];
  const networks: string[] = [];
  for (const client of words(clients)) {
    const found = networksOf(line, client);
    if ("cure" in found) problems.push(found);
    else networks.push(...found.networks.filter((one) => !covered(one, earlier)));
  }
  if (networks.length === 0) {
    return {
      records: [],
      problems:
        problems.length > 0
          ? problems
          : [told(line, "earlier lines cover it, and the first one counts", "take it out")],
    };
  }
  const says = optionsOf(line, options);
  if (says.relay && networks.includes("0.0.0.0/0"))
    return only(bad(line, "everybody may send anywhere: an open relay", "name the networks instead of ALL"));
  return {
    records: [{ ...place(line), networks, allow: says.allow, relay: says.allow && says.relay }],
    problems: [...problems, ...says.problems],
  };
}

function only(problem: Problem): Read<AccessRule> {
  return { records: [], problems: [problem] };
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function networksOf(line: Line, client: string): { networks: string[] } | Problem {
  if (client.toUpperCase() === "ALL") return { networks: ["0.0.0.0/0", "::/0"] };
  if (/^(\d{1,3}\.){1,3}$/.test(client)) {
    const numbers = client.slice(0, -1).split(".");
    const network = `${[...numbers, "0", "0", "0"].slice(0, 4).join(".")}/${8 * numbers.length}`;
    return parseNetwork(network) === undefined ? noClient(line, client) : { networks: [network] };
  }
  const [address = "", mask] = client.replace(/^\[(.*)\]/, "$1").split("/");
  const bits = mask !== undefined && isIPv4(mask) ? maskBits(mask) : mask;
  const network =
    bits === undefined && mask !== undefined ? undefined : bits === undefined ? address : `${address}/${bits}`;
  if (network !== undefined && parseNetwork(network) !== undefined) return { networks: [network] };
  return /^[\d./]+$/.test(client) || client.startsWith("[")
    ? noClient(line, client)
    : told(line, `a rule by name (${client}), which anybody's DNS can claim`, "name the addresses instead");
}

function noClient(line: Line, client: string): Problem {
  return bad(line, `"${client}" is no address or network`, "write 10.1.2.3, 10.1. or 10.1.0.0/255.255.0.0");
}

function maskBits(mask: string): string | undefined {
  const binary = mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(binary) ? `${binary.replace(/0+$/, "").length}` : undefined;
}

function covered(network: string, earlier: readonly AccessRule[]): boolean {
  const one = networkOf(network);
  return (
    one !== undefined &&
    earlier.some((rule) =>
      rule.networks.some((wide) => {
        const other = networkOf(wide);
        return other !== undefined && contains(other, one);
      }),
    )
  );
}

function optionsOf(line: Line, options: readonly string[]): { allow: boolean; relay: boolean; problems: Problem[] } {
  const problems: Problem[] = [];
  let [allow, relay] = [true, false];
  for (const option of options.filter((one) => one !== "")) {
    const [, name, value = ""] = /^setenv\s*[= ]\s*(\w+)\s*(.*)$/i.exec(option) ?? [];
    if (/^deny$/i.test(option)) allow = false;
    else if (name === "RELAYCLIENT" && value.replace(/^["']+|["']+$/g, "") === "") relay = true;
    else if (!/^allow$/i.test(option))
      problems.push(told(line, `the option "${option}" has no meaning here`, "see hub/CONFIG.md for what can be set"));
  }
  return { allow, relay, problems };
}
