import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { viewOf } from "#hub/commands/open-hub.js";
import { loadHubConfig } from "#hub/config.js";
import { openDirectory } from "#hub/directory/directory.js";
import { routeRecipient } from "#hub/routing/route.js";
import { table } from "#shared/cli/table.js";
import { NODE, ROOT } from "../../support/node-process.ts";
import { makeStar } from "../../support/star.ts";
import { startMeasured } from "../measured-node.ts";
import { memoryOf } from "../proc.ts";
import type { BenchOptions, Report, Suite } from "../suite.ts";

/** A directory far larger than any organisation's: what it costs to fill, to start on, and to ask. */
export const directorySuite: Suite = {
  name: "directory",
  seconds: 5,
  doc: "a million aliases, 200,000 people and 5,000 offices: import, start of the hub, memory, look-ups",
  run,
};

const OFFICES = 5000;
const PEOPLE = 200_000;
const ALIASES = 1_000_000;
/** Every so many aliases stands for an alias. */
const NESTED = 10;
const POLL_MS = 100;

const person = (index: number): string => `person${index % PEOPLE}`;
const office = (index: number): string => `office${index % OFFICES}`;
const alias = (index: number): string => `alias${index % ALIASES}`;

/** What is asked for, each in its own share of the time. */
const QUESTIONS: Readonly<Record<string, (random: number) => string>> = {
  "a person": (random) => `${person(random)}@example.org`,
  "a person's extension": (random) => `${person(random)}+news@example.org`,
  "an alias of a person": (random) => `${alias(random * NESTED + 1)}@example.org`,
  "an alias of an alias": (random) => `${alias(random * NESTED)}@example.org`,
  "somebody at her office": (random) => `${person(random)}@${office(random % PEOPLE)}.example.org`,
  nobody: (random) => `nobody${random}@example.org`,
  "an address elsewhere": (random) => `${person(random)}@host${random}.example.net`,
};

async function run({ dir, seconds, say }: BenchOptions): Promise<Report> {
  const star = await makeStar({ dir, offices: [], people: {} });
  say(`${OFFICES} offices and ${PEOPLE} people, straight into the database`);
  fill(join(star.hub, "directory.db"));
  const file = join(dir, "aliases.txt");
  await writeAliases(file);
  say(`${ALIASES} lines of aliases by \`qrelay hub alias import\``);
  const imported = await timed(["hub", "alias", "import", file, "--dir", star.hub]);
  const { size } = await stat(join(star.hub, "directory.db"));
  say("the hub starts, once to make the queues of its offices");
  await (await startMeasured("hub", star.hub)).stop();
  const began = performance.now();
  const hub = await startMeasured("hub", star.hub);
  const startMs = performance.now() - began;
  const memory = memoryOf(hub.pid).peak;
  await hub.stop();
  const asked = Object.entries(QUESTIONS).map(([what, make]) => {
    say(`look-ups: ${what}`);
    return { what, ...ask(star.hub, make, (seconds * 1000) / Object.keys(QUESTIONS).length) };
  });
  return report({ imported, size, startMs, memory, asked });
}

function fill(path: string): void {
  const directory = openDirectory(path);
  const key = Buffer.alloc(32, 1).toString("base64url");
  try {
    directory.transaction(() => {
      for (let index = 0; index < OFFICES; index += 1) {
        const name = office(index);
        directory.offices.add({ name, host: `${name}.example.org`, key });
      }
      for (let index = 0; index < PEOPLE; index += 1)
        directory.people.add({ name: person(index), office: office(index), fullName: `Person ${index}` });
    });
  } finally {
    directory.close();
  }
}

async function writeAliases(path: string): Promise<void> {
  const out = createWriteStream(path);
  for (let index = 0; index < ALIASES; index += 1) {
    const target = index % NESTED === 0 ? alias(index + 1) : person(index);
    if (!out.write(`${alias(index)}: ${target}@example.org\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}

/** @throws Error when the command fails */
async function timed(words: readonly string[]): Promise<{ ms: number; peak: number }> {
  const began = performance.now();
  const child = spawn(NODE, [join(ROOT, "qrelay.cjs"), ...words], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  let peak = 0;
  const look = setInterval(() => {
    if (child.pid !== undefined && child.exitCode === null) peak = Math.max(peak, memoryOf(child.pid).peak || 0);
  }, POLL_MS);
  const [code] = await once(child, "exit");
  clearInterval(look);
  if (code !== 0) throw new Error(`qrelay ${words.join(" ")} ended with ${code}`);
  return { ms: performance.now() - began, peak };
}

function ask(dir: string, make: (random: number) => string, ms: number): { count: number; us: Spread } {
  const directory = openDirectory(join(dir, "directory.db"));
  const view = viewOf(directory, loadHubConfig(dir));
  const us: number[] = [];
  let random = 1;
  try {
    for (const end = performance.now() + ms; performance.now() < end; ) {
      // Park and Miller's: the same questions in every run.
      random = (random * 48_271) % 0x7fffffff;
      const address = make(random);
      const began = process.hrtime.bigint();
      directory.read(() => routeRecipient(view, address, { relay: true }));
      us.push(Number(process.hrtime.bigint() - began) / 1000);
    }
  } finally {
    directory.close();
  }
  us.sort((a, b) => a - b);
  const at = (share: number): number => us[Math.floor(us.length * share)] ?? 0;
  return { count: us.length, us: { median: at(0.5), p99: at(0.99) } };
}

interface Spread {
  readonly median: number;
  readonly p99: number;
}

interface Findings {
  readonly imported: { readonly ms: number; readonly peak: number };
  readonly size: number;
  readonly startMs: number;
  readonly memory: number;
  readonly asked: readonly { readonly what: string; readonly count: number; readonly us: Spread }[];
}

function report(findings: Findings): Report {
  const { imported, size, startMs, memory, asked } = findings;
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  const whole = [
    ["import of the aliases", `${(imported.ms / 1000).toFixed(1)} s`, "60 s"],
    ["memory of the import, at most", mb(imported.peak), ""],
    ["directory.db", mb(size), ""],
    ["start of the hub", `${(startMs / 1000).toFixed(2)} s`, "2 s"],
    ["memory of the hub", mb(memory), "250 MB"],
  ];
  const rows = asked.map(({ what, count, us }) => [what, us.median.toFixed(1), us.p99.toFixed(1), String(count)]);
  return {
    text: [
      `${ALIASES} aliases, ${PEOPLE} people, ${OFFICES} offices`,
      "",
      table(whole, ["WHAT", "MEASURED", "WANTED"]),
      "",
      table(rows, ["LOOK-UP OF", "µS MEDIAN (50)", "µS P99", "ASKED"]),
    ].join("\n"),
    document: { suite: "directory", ...findings },
  };
}
