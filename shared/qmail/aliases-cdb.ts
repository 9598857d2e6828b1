import type { AliasRecord, AliasTarget } from "./alias-text.ts";
import { cdbRecords } from "./cdb.ts";
import { bad, type Line, type Problem, type Read, type Source, utf8 } from "./lines.ts";

/**
 * A compiled alias file of fastforward (`aliases.cdb`, or what setforward made): `:name` has commands, each ended by
 * NUL, `?name` has the owner. The line of a record is its number.
 */
export function readAliasesCdb({ file, bytes }: Source): Read<AliasRecord> {
  const records = cdbRecords(bytes);
  if (typeof records === "string") {
    return {
      records: [],
      problems: [bad({ file, line: 1, text: "" }, `no cdb: ${records}`, "compile it again, or use the text")],
    };
  }
  const found = new Map<string, AliasRecord>();
  const owners = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [index, { key, data }] of records.entries()) {
    const at = { file, line: index + 1, text: shown(key, data) };
    const [name, value] = [utf8(key), utf8(data)];
    if (name === undefined || value === undefined)
      problems.push(bad(at, "not UTF-8", "use the text file it was made of"));
    else if (name.startsWith("?")) keepFirst(owners, nameOf(name), value.replace(/\0$/, ""));
    else if (name.startsWith(":")) {
      const commands = value.split("\0").filter((command) => command !== "");
      const targets = misread(commands) ?? commands.map(targetOf);
      if (targets.length > 0) keepFirst(found, nameOf(name), { ...at, name: nameOf(name), targets });
    } else problems.push(bad(at, "a key that begins neither with : nor with ?", "use the text file it was made of"));
  }
  const withOwners = [...found.values()].map((alias) => {
    const owner = owners.get(alias.name);
    return owner === undefined ? alias : { ...alias, owner };
  });
  return { records: withOwners, problems };
}

/** newaliases stores the name for every host as `user@`. */
function nameOf(key: string): string {
  return key.slice(1).toLowerCase().replace(/(.)@$/, "$1");
}

function keepFirst<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}

/** What newaliases makes of sendmail's `|"cmd args"`: a program without a command, and an address with its text. */
function misread(commands: readonly string[]): AliasTarget[] | undefined {
  if (!commands.includes("!")) return undefined;
  const text = commands.filter((command) => command !== "!").map((command) => command.replace(/^&(.*)@.*$/s, "$1"));
  return [{ kind: "misread", command: text.join(" ") }];
}

function targetOf(command: string): AliasTarget {
  const rest = command.slice(1);
  if (/^[|!]/.test(command)) return { kind: "program", command: rest };
  if (/^\.?\//.test(command)) return { kind: "include", path: command.replace(/\.bin$/, "") };
  if (command.startsWith("?")) return { kind: "misread", command };
  return { kind: "address", address: command.startsWith("&") ? rest : command };
}

function shown(key: Uint8Array, data: Uint8Array): Line["text"] {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 80)).toString("utf8").replaceAll("\0", " ");
  return `${text(key)} ${text(data)}`.trim();
}
