import { linesOf, type Problem, place, type Read, type Source, told } from "./lines.ts";
import type { Assignment } from "./users-assign.ts";

/** An account of the machine, in the form of the line that users/assign would have for it. */
export interface MachineAccount extends Assignment {
  readonly uid: number;
}

/** useradd's limit, and qmail-getpw's: longer names are nobody for it. */
const MAX_NAME = 31;

/** `/etc/passwd`, as qmail-getpw asks it for names that users/assign does not have: root gets no mail by it. */
export function readPasswd(source: Source): Read<MachineAccount> {
  const { lines, problems } = linesOf(source);
  const said: Problem[] = [...problems];
  const records: MachineAccount[] = [];
  for (const line of lines) {
    const [user = "", , uid = "", , gecos = "", home = ""] = line.text.split(":");
    if (line.text === "" || line.text.startsWith("#") || /^[+-]/.test(line.text)) continue;
    if (!/^\d+$/.test(uid) || !home.startsWith("/")) {
      said.push(told(line, "no account with a number and a home folder", "mend it, or add that person by hand"));
      continue;
    }
    if (Number(uid) === 0 || user.length > MAX_NAME || user !== user.toLowerCase()) continue;
    const [fullName = ""] = gecos.split(",");
    records.push({
      ...place(line),
      text: `${user}:…:${uid}:…:${home}`,
      ...{ kind: "exact", local: user, user, uid: Number(uid), home, dash: "", ext: "" },
      ...(fullName.trim() === "" ? {} : { fullName: fullName.trim() }),
    });
  }
  return { records, problems: said };
}
