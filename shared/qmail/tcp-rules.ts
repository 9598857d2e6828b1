import type { AccessRule } from "./access-rule.ts";
import { blocksOf } from "./address-blocks.ts";
import { bad, type Line, type Problem, place, type Read, told } from "./lines.ts";

/**
 * `ADDRESS:allow,VAR="value"` lines. tcpserver takes the first that fits, most exact address first, and nothing of the
 * others, so each rule here says outright whether it may relay. Of two lines for one address the first counts.
 */
export function tcpRules(lines: readonly Line[]): Read<AccessRule> {
  const problems: Problem[] = [];
  const records: AccessRule[] = [];
  const taken = new Map<string, number>();
  for (const line of lines) {
    const colon = line.text.indexOf(":");
    if (colon < 0) {
      problems.push(
        told(line, "a line without a colon, which tcprules ignored", "write ADDRESS:allow or ADDRESS:deny"),
      );
      continue;
    }
    const address = addressOf(line, line.text.slice(0, colon));
    const says = instructionOf(line, line.text.slice(colon + 1));
    if ("cure" in says) problems.push(says);
    else if ("cure" in address) problems.push(address);
    else {
      problems.push(...says.problems);
      const rule = ruleOf(line, address.keys, says, taken);
      if ("cure" in rule) problems.push(rule);
      else records.push(rule);
    }
  }
  return { records, problems };
}

interface Instruction {
  readonly allow: boolean;
  readonly relay: boolean;
  readonly problems: readonly Problem[];
}

function ruleOf(
  line: Line,
  keys: readonly string[],
  says: Instruction,
  taken: Map<string, number>,
): AccessRule | Problem {
  const before = keys.map((key) => taken.get(key)).find((one) => one !== undefined);
  const fresh = keys.filter((key) => !taken.has(key));
  for (const key of fresh) taken.set(key, line.line);
  if (fresh.length === 0)
    return told(line, `line ${before} is for the same address, and the first one counts`, "take one of them out");
  const everybody = fresh.includes("");
  if (everybody && says.relay)
    return bad(line, "everybody may send anywhere: an open relay", 'take RELAYCLIENT out of the line ":allow"');
  const networks = everybody ? ["0.0.0.0/0", "::/0"] : blocksOf(fresh);
  return { ...place(line), networks, allow: says.allow, relay: says.relay };
}

/** The keys that tcprules makes of an address: `1.2.3.4`, `1.2.3.` and the empty one for everybody. */
function addressOf(line: Line, text: string): { keys: string[] } | Problem {
  if (text.startsWith("=") || text.includes("@")) {
    const what = text.startsWith("=") ? "a host name" : "what identd says";
    return told(line, `a rule by ${what}, which anybody's DNS or machine can claim`, "name the addresses instead");
  }
  if (text === "") return { keys: [""] };
  const labels = text.split(".");
  const complete = labels.length === 4 && labels[3] !== "";
  const prefix = labels.length <= 4 && labels.at(-1) === "";
  const numbers = prefix ? labels.slice(0, -1) : labels;
  if ((!complete && !prefix) || !numbers.every((label) => /^\d{1,3}(-\d{1,3})?$/.test(label) && low(label) <= 255)) {
    return bad(line, `"${text}" is no address`, "write 1.2.3.4, 1.2.3. or a range such as 1.2.3.37-53");
  }
  const ranges = numbers.filter((label) => label.includes("-"));
  if (ranges.length > 1)
    return told(line, "two ranges: tcprules expands only the first, so it fits nobody", "use one range a line");
  const keys = expand(numbers).map((key) => (prefix ? `${key}.` : key));
  return keys.length === 0 ? told(line, `the range ${ranges[0]} is empty: it fits nobody`, "turn it round") : { keys };
}

function low(label: string): number {
  return Number(label.split("-")[0]);
}

function expand(numbers: readonly string[]): string[] {
  const at = numbers.findIndex((label) => label.includes("-"));
  if (at < 0) return [numbers.map(Number).join(".")];
  const [from = 0, to = 0] = (numbers[at] ?? "").split("-").map(Number);
  const found: string[] = [];
  for (let value = from; value <= Math.min(to, 255); value += 1)
    found.push(numbers.map((label, index) => (index === at ? value : Number(label))).join("."));
  return found;
}

function instructionOf(line: Line, text: string): Instruction | Problem {
  const verb = /^(allow|deny)(?=,|$)/.exec(text)?.[1];
  if (verb === undefined) {
    return bad(
      line,
      `"${text.slice(0, 40)}" is no instruction`,
      "write allow or deny, in lower case and without a blank",
    );
  }
  const problems: Problem[] = [];
  let relay = false;
  for (let rest = text.slice(verb.length); rest !== ""; ) {
    // The quote may be any character.
    const [whole, name = "", , value = ""] = /^,([^=,]*)=(.)(.*?)\2/u.exec(rest) ?? [];
    if (whole === undefined) return bad(line, `"${rest.slice(0, 40)}" is no variable`, 'write ,NAME="value"');
    rest = rest.slice(whole.length);
    if (name !== name.trim()) {
      problems.push(
        told(
          line,
          `a blank before ${name.trim()}: it set a variable named "${name}", which nobody reads`,
          "take the blank out if it was meant",
        ),
      );
    } else if (name === "RELAYCLIENT" && value === "") relay = true;
    else if (name === "RELAYCLIENT") {
      problems.push(
        told(
          line,
          `RELAYCLIENT="${value}" rewrites recipients, which nothing here does`,
          `set a route with \`qrelay hub route set\` if mail shall go another way`,
        ),
      );
    } else
      problems.push(told(line, `the variable ${name} has no meaning here`, "see hub/CONFIG.md for what can be set"));
  }
  return { allow: verb === "allow", relay: verb === "allow" && relay, problems };
}
