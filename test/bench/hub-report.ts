import { arch, cpus } from "node:os";
import { table } from "#shared/cli/table.js";
import { CONCURRENCY, MESSAGE_BYTES } from "./contenders.ts";
import type { Idle, LargeStep } from "./hub-memory.ts";
import type { Series } from "./interleave.ts";
import { megabytes, percent, ratioOf, shown, spreadOf } from "./numbers.ts";
import type { BenchOptions, Report } from "./suite.ts";

interface Findings {
  readonly options: BenchOptions;
  readonly series: readonly Series[];
  /** Its version, or why there is none. */
  readonly postfix: string;
  readonly idle: { readonly hub: Idle; readonly spoke: Idle };
  readonly large: { readonly before: number; readonly steps: readonly LargeStep[] };
}

export function hubReport(findings: Findings): Report {
  const rows = findings.series.map((series) => rowOf(series, findings.series));
  const { rounds, seconds } = findings.options;
  const machine = `${cpus().length} CPUs (${cpus()[0]?.model ?? arch()}), node ${process.versions.node}`;
  return {
    text: [
      `${MESSAGE_BYTES} bytes a message, ${CONCURRENCY} under way at once, ${rounds} rounds of ${seconds} s, ${machine}`,
      "",
      speedTable(rows),
      "",
      ...NOTES,
      "postfix" in keysOf(findings.series) ? POSTFIX_NOTE : `${findings.postfix}: not compared.`,
      "",
      memoryTable(findings),
    ].join("\n"),
    document: { suite: "hub", machine, rounds, seconds, speed: rows, idle: findings.idle, large: findings.large },
  };
}

function rowOf({ contender, measured }: Series, all: readonly Series[]) {
  const speeds = speedsOf(measured);
  const against = (key: string) => {
    const other = all.find((series) => series.contender.key === key);
    return other === undefined ? undefined : ratioOf(speeds, speedsOf(other.measured));
  };
  const cpu = measured.flatMap(({ cpuMs }) => cpuMs ?? []);
  const peaks = measured.flatMap(({ peak }) => peak ?? []);
  return {
    key: contender.key,
    label: contender.label,
    perSecond: spreadOf(speeds),
    ofCeiling: against("ceiling"),
    ofPostfix: contender.key === "smtp" ? against("postfix") : undefined,
    cpuMs: cpu.length === 0 ? undefined : spreadOf(cpu).median,
    peak: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}

function speedTable(rows: readonly ReturnType<typeof rowOf>[]): string {
  const cells = rows.map((row) => [
    row.label,
    shown(row.perSecond.median),
    `${shown(row.perSecond.min)}–${shown(row.perSecond.max)}`,
    row.ofCeiling === undefined || row.key === "ceiling" ? "" : percent(row.ofCeiling),
    row.ofPostfix === undefined ? "" : percent(row.ofPostfix),
    row.cpuMs === undefined ? "" : `${shown(row.cpuMs, 2)} ms`,
    row.peak === undefined ? "" : megabytes(row.peak),
  ]);
  return table(cells, ["", "MSG/S", "MIN–MAX", "OF CEILING", "OF POSTFIX", "CPU/MSG", "PEAK RSS"]);
}

function memoryTable({ idle, large }: Findings): string {
  const rows = [
    ...Object.entries(idle).map(([node, one]) => [
      `${node} idle`,
      megabytes(one.memory),
      `CPU ${shown(one.cpuMsPerSecond, 1)} ms a second`,
    ]),
    ["hub after the load above", megabytes(large.before), ""],
    ...large.steps.map(({ step, hubPeak, spokePeak }) => [
      `hub, 25 MB ${step}`,
      megabytes(hubPeak),
      spokePeak === undefined ? "" : `spoke ${megabytes(spokePeak)}`,
    ]),
  ];
  return table(rows, ["MEMORY", "RSS", ""]);
}

function keysOf(series: readonly Series[]): Record<string, true> {
  return Object.fromEntries(series.map(({ contender }) => [contender.key, true]));
}

function speedsOf(measured: Series["measured"]): number[] {
  return measured.map(({ perSecond }) => perSecond);
}

const NOTES = [
  "Medians; in brackets the lowest and the highest round. Ratios are taken round by round: compare these, not the speeds.",
  "Ceiling: write, fsync, rename, directory fsync for each message, on the hub's disk, without network, protocol or routing.",
];
const POSTFIX_NOTE =
  "Postfix holds what it accepts (check_client_access static:HOLD): its qmgr(8) touches none of it, and it syncs the file but not the directory.";
