import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Dice } from "./dice.ts";
import { CLASSES, type MailClass, type SampleMessage } from "./letter.ts";

/**
 * Real mail to measure with: a folder of .eml files, in an order that the seed decides. Classes come from the table
 * `bench.tsv` in the folder or beside it, else from size and content.
 *
 * @throws Error of node:fs when the folder cannot be read
 */
export function readCorpus(folder: string, seed = 1): SampleMessage[] {
  const known = classesIn([join(folder, TABLE), join(dirname(folder), TABLE)].find((path) => existsSync(path)));
  const dice = new Dice(seed);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".eml"))
    .map((name) => ({ order: dice.unit(), name }))
    .sort((one, two) => one.order - two.order)
    .map(({ name }) => asSample(readFileSync(join(folder, name)), known.get(name)));
}

const TABLE = "bench.tsv";
const TINY = 2000;
/** Where the header and the first parts of a message are. */
const BEGINNING = 64 * 1024;

function asSample(text: Buffer, known: MailClass | undefined): SampleMessage {
  const beginning = text.toString("latin1", 0, BEGINNING);
  const head = beginning.split(/\r?\n\r?\n/, 1)[0] ?? "";
  return {
    text,
    sender: addresses(head, "from")[0] ?? "",
    recipients: addresses(head, "to"),
    class: known ?? classOf(text.length, beginning),
  };
}

/** The rows' columns are file, source, class, …; a class may have its sizes behind it: `text2-10k`. */
function classesIn(path: string | undefined): Map<string, MailClass> {
  if (path === undefined) return new Map();
  const rows = readFileSync(path, "utf8").trim().split("\n").slice(1);
  return new Map(
    rows.map((row) => {
      const [file = "", , named = ""] = row.split("\t");
      return [file, CLASSES.find((one) => named.startsWith(one.slice(0, 4))) ?? "text"];
    }),
  );
}

function classOf(size: number, beginning: string): MailClass {
  if (size < TINY) return "tiny";
  if (/^content-disposition:\s*attachment/im.test(beginning)) return "attachment";
  return /<html/i.test(beginning) ? "html" : "text";
}

/** Whatever in a header field looks like an address. */
function addresses(head: string, field: string): string[] {
  const value = new RegExp(`^${field}:(.*(?:\\n[ \\t].*)*)`, "im").exec(head)?.[1] ?? "";
  return value.match(/[^\s<>,;:"]+@[^\s<>,;:"]+/g) ?? [];
}
