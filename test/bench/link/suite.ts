import { PROFILES } from "../../support/thin-line/profile.ts";
import { readCorpus } from "../sample-mail/corpus.ts";
import type { SampleMessage } from "../sample-mail/letter.ts";
import { sampleMail } from "../sample-mail/sample-mail.ts";
import type { BenchOptions, Report, Suite } from "../suite.ts";
import { type BytesRow, bytesRun } from "./bytes-run.ts";
import { type Contender, PLAIN } from "./carriage.ts";
import { nncpContender } from "./nncp.ts";
import { ourContenders } from "./qrelay.ts";
import { uucpContenders } from "./uucp.ts";
import { type WindowOptions, type WindowRow, windowRun } from "./window-run.ts";

/** `npm run bench -- link`: what a window of each line carries, and what a message costs on the wire. */
export const linkSuite: Suite = {
  name: "link",
  seconds: 30,
  doc: "mail per window on each kind of line, and bytes on the wire, beside plain QMTP, UUCP and NNCP (--corpus DIR, --profile NAME or none)",
  run,
};

/** As `--profile`: no line is measured, only bytes. */
const BYTES_ONLY = "none";
/**
 * How fast the line's time goes: so that a window of radio takes seconds. Our processor time counts so many times as well, the
 * second for the model first of all.
 */
const SPEED: Readonly<Record<string, number>> = {
  "hf-poor": 10,
  "hf-good": 6,
  "iridium-dial": 8,
  "lband-ip": 1,
  "gprs-edge": 1,
  "vsat-borrowed": 1,
};
/** The one that shows what cuts cost. */
const CUT_LINE = "iridium-dial";
/** More than a minute of the fastest line takes; and as many as the bytes are counted on. */
const SAMPLES = 6000;
const BYTES_SAMPLES = 900;
/** About a megabyte. */
const HISTORY = 120;

async function run({ seconds, dir, say, corpus, profile }: BenchOptions): Promise<Report> {
  const mail =
    corpus === undefined ? sampleMail(1, profile === BYTES_ONLY ? BYTES_SAMPLES : SAMPLES) : readCorpus(corpus);
  const history = mail.slice(0, Math.min(HISTORY, Math.floor(mail.length * 0.35)));
  const text = mail.slice(history.length).filter((one) => one.class === "text");
  const { contenders, missing } = await allContenders(history, dir);
  const windows: WindowRow[] = [];
  for (const [name, line] of Object.entries(PROFILES)) {
    if (profile !== undefined && profile !== name) continue;
    const options = { name, profile: line, mail: text, speed: SPEED[name] ?? 1, seconds, seed: 1 };
    const measure = async (contender: Contender, more: Partial<WindowOptions> = {}): Promise<void> => {
      say(`${more.name ?? name}, ${contender.by}`);
      windows.push(await windowRun({ ...options, ...more }, contender));
    };
    for (const contender of contenders) await measure(contender);
    if (name !== CUT_LINE || contenders[0] === undefined) continue;
    await measure(contenders[0], { name: `${name}, no cuts`, cuts: false });
    await measure(contenders[0], { name: `${name}, cut each minute`, cutEverySec: 60 });
  }
  const bytes =
    profile === undefined || profile === BYTES_ONLY ? await bytesRun(mail.slice(0, BYTES_SAMPLES), say) : [];
  const notes = missing.map((name) => `${name} is not installed here, and not compared.`);
  const parts = [tableOf(windows), notes.join("\n"), bytesTable(bytes)].filter((part) => part !== "");
  return { text: parts.join("\n\n"), document: { windows, bytes, missing } };
}

async function allContenders(
  history: readonly SampleMessage[],
  dir: string,
): Promise<{ contenders: Contender[]; missing: string[] }> {
  const uucp = await uucpContenders(dir);
  const nncp = await nncpContender(dir);
  return {
    contenders: [...ourContenders(history), ...(uucp ?? []), ...(nncp === undefined ? [] : [nncp])],
    missing: [...(uucp === undefined ? ["UUCP"] : []), ...(nncp === undefined ? ["NNCP"] : [])],
  };
}

function tableOf(rows: readonly WindowRow[]): string {
  if (rows.length === 0) return "";
  const head = [
    "LINE",
    "BY",
    "MSGS/WINDOW",
    "OF QMTP",
    "KB/WINDOW",
    "KB/MIN UP",
    "WIRE B/MSG",
    "LINE BUSY",
    "TURNS",
    "SESSIONS",
    "CUTS",
    "DOUBLED",
  ];
  const lines = rows.map((row) => {
    const window = (row.windowSec * 1000) / row.ms;
    const plain = rows.find(({ line, by }) => line === row.line && by === PLAIN);
    const times = plain === undefined || plain.messages === 0 ? "–" : `${(row.messages / plain.messages).toFixed(1)}×`;
    return [
      row.line,
      row.by,
      `${window > 1 ? "~" : ""}${Math.round(row.messages * window)}`,
      times,
      String(Math.round((row.bytes * window) / 1000)),
      ((row.bytes * 60) / 1000 / row.upSec).toFixed(1),
      String(Math.round(row.wirePerMessage)),
      `${Math.round(row.busy * 100)} %`,
      String(row.turns),
      String(row.sessions),
      String(row.cuts),
      String(row.doubled),
    ];
  });
  return columns([head, ...lines]);
}

function bytesTable(rows: readonly BytesRow[]): string {
  const head = ["MAIL", "MSGS", "B/MSG", "QMTP", "FIRST EVER", "WARM", "WARM B/MSG", "MS/MSG"];
  const lines = rows.map(({ kind, messages, raw, qmtp, cold, warm, ms }) =>
    messages === 0
      ? [kind, "0", "", "", `${cold} B`, `${warm} B`, "", ""]
      : [
          kind,
          String(messages),
          String(Math.round(raw / messages)),
          "1.00",
          (cold / qmtp).toFixed(3),
          (warm / qmtp).toFixed(3),
          String(Math.round(warm / messages)),
          ms.toFixed(0),
        ],
  );
  return lines.length === 0 ? "" : columns([head, ...lines]);
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "),
    )
    .join("\n");
}
