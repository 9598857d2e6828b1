import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { seeded } from "../../support/thin-line/random-numbers.ts";
import type { Kind, Sample } from "./sample-mail.ts";

/** Real mail to measure with: a folder of .eml files, in an order that the seed decides. */
export function readCorpus(folder: string, seed = 1): Sample[] {
  const known = classesIn(join(dirname(folder), "bench.tsv"));
  const random = seeded(seed);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".eml"))
    .map((name) => ({ order: random(), name }))
    .sort((one, two) => one.order - two.order)
    .map(({ name }) => {
      const text = readFileSync(join(folder, name));
      return { text, kind: known.get(name) ?? kindOf(text) };
    });
}

/** The column `class` of a table beside the folder, where there is one. */
function classesIn(path: string): Map<string, Kind> {
  if (!existsSync(path)) return new Map();
  const rows = readFileSync(path, "utf8").trim().split("\n").slice(1);
  return new Map(
    rows.map((row) => {
      const [file = "", , name = ""] = row.split("\t");
      const kind = name.startsWith("tiny")
        ? "tiny"
        : name.startsWith("html")
          ? "html"
          : name.startsWith("attach")
            ? "attachment"
            : "text";
      return [file, kind];
    }),
  );
}

function kindOf(text: Buffer): Kind {
  if (text.length < 2000) return "tiny";
  const head = text.toString("latin1", 0, 64 * 1024);
  if (/^content-disposition:\s*attachment/im.test(head)) return "attachment";
  return /<html/i.test(head) ? "html" : "text";
}
