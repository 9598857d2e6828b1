import { CONTENDERS } from "./encoding-codecs.ts";
import { measureContender, type Sum, type Sums } from "./encoding-run.ts";
import { readCorpus } from "./sample-mail/corpus.ts";
import { CLASSES } from "./sample-mail/letter.ts";
import { sampleMail } from "./sample-mail/sample-mail.ts";
import type { BenchOptions, Report, Suite } from "./suite.ts";

/** `npm run bench -- encoding`: what codecs make of mail, with and without what both ends hold already. */
export const encodingSuite: Suite = {
  name: "encoding",
  seconds: 3,
  doc: "bytes and time of each codec, with and without history and base64 unwrapping (--corpus DIR)",
  run,
};

const SAMPLES = 300;
/** Of the mail, so much has crossed before. */
const HISTORY_SHARE = 0.35;

interface Row {
  readonly name: string;
  readonly base64: "unwrapped" | "as stored";
  readonly sums: Sums;
}

function run({ say, corpus }: BenchOptions): Promise<Report> {
  const all = corpus === undefined ? sampleMail(1, SAMPLES) : readCorpus(corpus);
  const split = Math.floor(all.length * HISTORY_SHARE);
  const [before, mail] = [all.slice(0, split), all.slice(split)];
  const rows: Row[] = [];
  for (const contender of CONTENDERS)
    for (const base64 of ["unwrapped", "as stored"] as const) {
      say(`${contender.name}, base64 ${base64}`);
      rows.push({
        name: contender.name,
        base64,
        sums: measureContender(contender, before, mail, base64 === "unwrapped"),
      });
    }
  return Promise.resolve({ text: `${note(rows, split)}\n\n${tableOf(rows)}`, document: { history: split, rows } });
}

function note([first]: readonly Row[], history: number): string {
  if (first === undefined) return "";
  const counts = CLASSES.map((kind) => `${first.sums[kind].messages} ${kind}`).join(", ");
  return `Share of raw, each message alone; ms a message. ${history} messages have crossed before; measured: ${counts}. All came back unchanged.`;
}

function tableOf(rows: readonly Row[]): string {
  const columns = [...CLASSES, "all"] as const;
  const head = ["CODEC", "BASE64", ...columns.map((name) => name.toUpperCase()), "TEXT MS", "BACK", "ALL MS", "BACK"];
  const lines = rows.map(({ name, base64, sums }) => [
    name,
    base64,
    ...columns.map((kind) => share(sums[kind])),
    ...[sums.text, sums.all].flatMap(({ encodeMs, decodeMs, messages }) => [
      (encodeMs / messages).toFixed(1),
      (decodeMs / messages).toFixed(1),
    ]),
  ]);
  const widths = head.map((_cell, at) => Math.max(...[head, ...lines].map((row) => row[at]?.length ?? 0)));
  return [head, ...lines]
    .map((row) => row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((row) => row.join("  "))
    .join("\n");
}

function share({ encoded, raw }: Sum): string {
  return raw === 0 ? "–" : (encoded / raw).toFixed(4);
}
