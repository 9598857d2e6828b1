import { bad, type Line, linesOf, type Problem, place, type Read, type Source, told } from "./lines.ts";

/** One line of `users/assign`: who controls an address. */
export interface Assignment extends Line {
  /** `=` names one address, `+` all that begin with it. */
  readonly kind: "exact" | "wildcard";
  /** Lower case. */
  readonly local: string;
  readonly user: string;
  readonly home: string;
  readonly dash: string;
  readonly ext: string;
  /** As /etc/passwd has it. */
  readonly fullName?: string;
}

/** Seven fields and what follows the last colon, which is ignored. */
const FIELDS = 7;

/** Until the line that begins with a dot; without one qmail-newu refuses the file, and so does this. */
export function readUsersAssign(source: Source): Read<Assignment> {
  const { lines, problems } = linesOf(source);
  const end = lines.findIndex(({ text }) => text.startsWith("."));
  const said: Problem[] = [...problems];
  const first = new Map<string, Assignment>();
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const read = assignmentOf(line);
    if ("says" in read) {
      said.push(read);
      continue;
    }
    const key = `${read.kind} ${read.local}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, read);
    else
      said.push(told(read, `line ${before.line} assigns the same, and the first one counts`, "take one of them out"));
  }
  if (end < 0) {
    const last = lines.at(-1) ?? { file: source.file, line: 1, text: "" };
    said.push(bad(last, "the file does not end with a line that begins with a dot", 'add a last line "."'));
  } else {
    for (const line of lines.slice(end + 1))
      if (line.text !== "")
        said.push(told(line, "it stands after the final dot, where qmail-newu does not read", "move it up"));
  }
  return { records: [...first.values()], problems: said };
}

function assignmentOf(line: Line): Assignment | Problem {
  const kind = KINDS[line.text.slice(0, 1)];
  const fields = line.text.slice(1).split(":");
  const [local = "", user = "", uid = "", gid = "", home = "", dash = "", ext = ""] = fields;
  if (kind === undefined || fields.length <= FIELDS) {
    return bad(
      line,
      "not an assignment",
      "write =LOCAL:USER:UID:GID:HOME:DASH:EXT: or +PREFIX:USER:UID:GID:HOME:DASH:PRE:",
    );
  }
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid)) {
    return bad(line, `uid "${uid}" and gid "${gid}" are not both numbers`, "write numbers");
  }
  return { ...place(line), kind, local: local.toLowerCase(), user, home, dash, ext };
}

const KINDS: Readonly<Record<string, Assignment["kind"]>> = { "=": "exact", "+": "wildcard" };
