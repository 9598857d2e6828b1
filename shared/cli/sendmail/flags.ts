/**
 * The command line of sendmail, as cron, mail(1), mutt and web programs write it (pure). One letter may stand
 * for itself or take the rest of its word, or the next word, as its value.
 */
export interface SendmailFlags {
  /** -t: recipients come from To, Cc and Bcc. */
  readonly fromHeader: boolean;
  /** -i: a line with a single dot is text. */
  readonly dotsAreText: boolean;
  /** -f or -r; empty for the null sender. */
  readonly sender?: string;
  /** -F: as people write it, for a From line of our making. */
  readonly fullName?: string;
  /** -N, in the words of RFC 3461 §4.1. */
  readonly notify?: string;
  readonly recipients: readonly string[];
  readonly dir?: string;
  readonly json: boolean;
}

type Draft = { -readonly [K in keyof SendmailFlags]: SendmailFlags[K] } & { recipients: string[] };

/** Letters whose value is the rest of the word, or the next word. */
const WITH_VALUE = new Set(["f", "r", "F", "o", "N", "B", "C", "h", "L", "O", "p", "R", "V", "X"]);
/** Letters that change nothing here, alone or with what follows them in their word (-Am, -em). */
const IGNORED = new Set(["v", "m", "n", "G", "U", "A", "e", "x"]);
/** What other programs ask of sendmail and what to use instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "-bs": "speak SMTP to the node itself",
  "-bd": "use `qrelay hub run` or `qrelay spoke run`",
  "-bp": "use `qrelay hub queue` or `qrelay spoke queue`",
  "-bi": "use `qrelay hub alias`",
  "-bv": "use `qrelay hub explain`",
  "-q": "use `qrelay spoke flush`, or `queue retry`",
};

export type ParsedFlags = { readonly flags: SendmailFlags } | { readonly problem: string };

export function parseFlags(words: readonly string[]): ParsedFlags {
  const flags: Draft = { fromHeader: false, dotsAreText: false, recipients: [], json: false };
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") {
      flags.recipients.push(...left);
      break;
    }
    const problem = word.length > 1 && word.startsWith("-") ? takeWord(flags, word, left) : takeRecipient(flags, word);
    if (problem !== undefined) return { problem };
  }
  if (!flags.fromHeader && flags.recipients.length === 0) {
    return { problem: "No recipients: name some, or use -t to take them from the header" };
  }
  return { flags };
}

function takeRecipient(flags: Draft, word: string): string | undefined {
  if (word === "") return "A recipient is empty: give an address";
  flags.recipients.push(word);
  return undefined;
}

function takeWord(flags: Draft, word: string, left: string[]): string | undefined {
  if (word.startsWith("--")) return takeLong(flags, word, left);
  const cure = ELSEWHERE[word.slice(0, word.startsWith("-b") ? 3 : 2)];
  if (cure !== undefined) return `Cannot do ${word} as sendmail: ${cure}`;
  // -bm is the only mode left: take a message from stdin, which is what we do anyway.
  if (word.startsWith("-b")) return word === "-bm" ? undefined : `There is no mode ${word}`;
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? "";
    if (WITH_VALUE.has(letter)) {
      const value = at + 1 < word.length ? word.slice(at + 1) : left.shift();
      return value === undefined ? `-${letter} wants a value after it` : takeValue(flags, letter, value);
    }
    if (IGNORED.has(letter)) return undefined;
    if (letter === "t") flags.fromHeader = true;
    else if (letter === "i") flags.dotsAreText = true;
    else return `There is no option -${letter}: see --help`;
  }
  return undefined;
}

/** The options of every qrelay command, which may stand behind ours. */
function takeLong(flags: Draft, word: string, left: string[]): string | undefined {
  if (word === "--json") flags.json = true;
  else if (word.startsWith("--dir=")) flags.dir = word.slice("--dir=".length);
  else if (word === "--dir" && left.length > 0) flags.dir = left.shift() ?? "";
  else return `There is no option ${word}: see --help`;
  return undefined;
}

const NOTIFY = /^(?:never|(?:(?:success|failure|delay)(?:,(?!$)|$))+)$/i;

function takeValue(flags: Draft, letter: string, value: string): string | undefined {
  switch (letter) {
    case "f":
    case "r":
      flags.sender = value.trim().replace(/^<(.*)>$/, "$1");
      return undefined;
    case "F":
      flags.fullName = value;
      return undefined;
    case "o":
      // -oi is the old spelling of -i; all other -o options (-oem, -odq) are about a daemon that we are not.
      if (value === "i") flags.dotsAreText = true;
      return undefined;
    case "N":
      if (!NOTIFY.test(value)) return `Cannot notify "${value}": wanted never, or some of success,failure,delay`;
      flags.notify = value.toUpperCase();
      return undefined;
    default:
      return undefined;
  }
}
