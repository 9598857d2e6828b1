// `npm run bench -- NAME`: measures one part of qrelay on this machine. Holds nobody's mail.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { directorySuite } from "./directory/suite.ts";
import { encodingSuite } from "./encoding.ts";
import { hubSuite } from "./hub.ts";
import { linkSuite } from "./link/suite.ts";
import type { Suite } from "./suite.ts";

const SUITES: readonly Suite[] = [hubSuite, linkSuite, encodingSuite, directorySuite];

/** As a shell says of a program that Ctrl-C ended. */
const EXIT_STOPPED = 130;
const EXIT_USAGE = 64;

const USAGE = `npm run bench -- NAME [--rounds N] [--seconds S] [--json] [--dir FOLDER]

${SUITES.map(({ name, doc }) => `  ${name.padEnd(10)} ${doc}`).join("\n")}

  --rounds   how often each measurement is repeated, in turn with the others (5)
  --seconds  how long one of them lasts (${SUITES.map(({ name, seconds }) => `${name}: ${seconds}`).join(", ")})
  --corpus   a folder of .eml files to measure with, instead of made-up mail
  --profile  only this line; none: only the bytes
  --json     the numbers as one JSON document
  --dir      an existing folder on the disk to be measured (/var/tmp; /tmp may be memory)
`;

// Ctrl-C ends by way of "exit", where every process that was started is killed.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(EXIT_STOPPED));
process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string" },
      json: { type: "boolean", default: false },
      dir: { type: "string", default: "/var/tmp" },
      corpus: { type: "string" },
      profile: { type: "string" },
    },
  });
  const suite = SUITES.find(({ name }) => name === positionals[0]);
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds ?? suite?.seconds);
  if (suite === undefined || positionals.length > 1 || !Number.isInteger(rounds) || rounds < 1 || !(seconds > 0)) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const dir = await mkdtemp(join(values.dir, ".bench-"));
  // Postfix's programs run as another user and must be able to pass.
  await chmod(dir, 0o711);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const { text, document } = await suite.run({
      rounds,
      seconds,
      dir,
      say,
      ...(values.corpus === undefined ? {} : { corpus: values.corpus }),
      ...(values.profile === undefined ? {} : { profile: values.profile }),
    });
    process.stdout.write(values.json ? `${JSON.stringify(document)}\n` : `${text}\n`);
    return 0;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
