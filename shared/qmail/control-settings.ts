import type { PlanDraft } from "./draft-plan.ts";
import { type Line, noted, type Problem, place, told } from "./lines.ts";
import type { QmailTree } from "./tree.ts";

/** What a setting of qmail's is judged by. */
export interface SettingsGround {
  /** hub.toml or spoke.toml. */
  readonly file: string;
  /** This node's own name. */
  readonly host: string;
  /** The organisation's first domain. */
  readonly domain: string;
}

/** A value for the configuration file, as TOML writes it; or what is said instead. */
type Meaning = { readonly key: string; readonly toml: string } | { readonly says: string } | Problem;

interface Setting {
  readonly name: string;
  /** Every line is one value; else only the first line counts. */
  readonly list?: true;
  means(line: Line, ground: SettingsGround): Meaning;
}

const name = (file: string, where: string): Setting => ({
  name: file,
  means: (line, { host, domain, file: toml }) =>
    [host, domain].includes(line.text.toLowerCase())
      ? { says: `${where}, as it is here` }
      : told(line, `${where}: this node says ${host} there`, `set host in ${toml} if that name is to stay`),
});

const each = (file: string, says: string, cure: string): Setting => ({
  name: file,
  list: true,
  means: (line) => told(line, says, cure),
});

const byItself = (file: string, says: string): Setting => ({
  name: file,
  means: (line) => noted(line, says, "nothing to do"),
});

const number = (file: string, means: (value: number, line: Line) => Meaning): Setting => ({
  name: file,
  means: (line) => {
    // qmail takes the digits at the beginning, and its default where there are none.
    const [digits] = /^\d{1,15}/.exec(line.text) ?? [];
    return digits === undefined
      ? told(line, "no number: qmail took its default", "nothing to do")
      : means(Number(digits), line);
  },
});

/** The files of control/ that qmail's programs read, beside those with a reader of their own: what a line becomes. */
const TABLE: readonly Setting[] = [
  number("databytes", (value, line) =>
    value === 0
      ? noted(line, "no limit: here limits.message is one", "raise limits.message if larger mail is to pass")
      : { key: "limits.message", toml: String(value) },
  ),
  number("queuelifetime", (value, line) =>
    value === 0
      ? told(line, "one try and no more", "set queue.lifetime, of at least a second")
      : { key: "queue.lifetime", toml: `"${value}s"` },
  ),
  number("concurrencyincoming", (value, line) =>
    value === 0
      ? told(line, "nobody could connect", 'set smtp.listen = "off" if that is wanted')
      : { key: "limits.connections", toml: String(value) },
  ),
  name("helohost", "the name in HELO"),
  name("smtpgreeting", "the name in greetings"),
  name("idhost", "the name in Message-ID"),
  name("localiphost", "the name for mail to this machine's address"),
  name("envnoathost", "the domain of names without one"),
  name("bouncehost", "the host of bounces"),
  name("doublebouncehost", "the host of double bounces"),
  {
    name: "bouncefrom",
    means: (line) =>
      line.text.toLowerCase() === "mailer-daemon"
        ? { says: "the name that bounces come from, as it is here" }
        : told(line, "the name that bounces come from, which is MAILER-DAEMON here", "nothing to do"),
  },
  {
    name: "doublebounceto",
    means: (line) =>
      line.text.toLowerCase() === "postmaster"
        ? { says: "who gets double bounces, as it is here" }
        : told(line, "who gets double bounces: postmaster here", `let ${line.text} read postmaster's mail`),
  },
  each(
    "percenthack",
    "a%b@ this domain: here a % in an address means nothing, so that nobody is led through",
    "write the whole address, or a route for the one that is wanted",
  ),
  each(
    "badmailfrom",
    "a sender that was refused, which is no rule here",
    'refuse the machine that sends it: [[smtp.rule]] with "allow = false"',
  ),
  each(
    "qmtproutes",
    "a route over QMTP: routes go by SMTP here",
    "`qrelay hub route set PATTERN smtp://HOST`, or make it an office",
  ),
  each("qmqpservers", "QMQP is not spoken here: this node has queues of its own", "nothing to do"),
  byItself("concurrencylocal", "deliveries at once: there is no such number here"),
  byItself("concurrencyremote", "deliveries at once: there is no such number here"),
  byItself("timeoutconnect", "how long a connection may take: as RFC 5321 §4.5.3.2 has it"),
  byItself("timeoutremote", "how long an answer may take: as RFC 5321 §4.5.3.2 has it"),
  byItself("timeoutsmtpd", "how long a client may be silent: as RFC 5321 §4.5.3.2 has it"),
  byItself("defaultdelivery", "where mail goes without a .qmail: into a Maildir, always"),
];

export const SETTINGS: ReadonlyMap<string, Setting> = new Map(TABLE.map((one) => [one.name, one]));

/** One row for each line of these files, and what of them the configuration file can say. */
export function planSettings(tree: QmailTree, ground: SettingsGround, draft: PlanDraft<unknown>): void {
  for (const { name, lines } of tree.settings) {
    draft.tell(lines.problems);
    const setting = SETTINGS.get(name);
    for (const [index, line] of lines.records.entries()) {
      if (setting === undefined) continue;
      if (index > 0 && setting.list !== true) {
        draft.tell([told(place(line), "qmail reads the first line only", "take the line out")]);
        continue;
      }
      const means = setting.means(line, ground);
      if ("weight" in means) draft.tell([means]);
      else if ("key" in means) draft.set(line, means.key, means.toml, ground.file);
      else draft.carry(line, means.says);
    }
  }
}
