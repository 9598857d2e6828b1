/** `npm run thinline`: a thin line by hand. */
import { parseArgs } from "node:util";
import { eventWords, profileWords, sumWords } from "./line-report.ts";
import { PROFILES } from "./profile.ts";
import { startThinLine } from "./thin-line.ts";

const USAGE = `npm run thinline -- --profile NAME [--connect HOST:PORT] [--listen HOST:PORT] [--speed N] [--seed N] [--no-cuts]

A line to try qrelay on. NAME is one of: ${Object.keys(PROFILES).join(", ")}.`;

const values = flags();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const profile = PROFILES[values.profile] ?? fail(`There is no profile "${values.profile}"`);
const speed = number("--speed", values.speed);
const cuts = !values["no-cuts"];
const listen = hostPort("--listen", values.listen);
const line = await startThinLine({
  profile,
  connect: hostPort("--connect", values.connect),
  listen,
  speed,
  seed: number("--seed", values.seed),
  cuts,
  manyWindows: true,
  onEvent: (event) => console.log(eventWords(event)),
}).catch((error: unknown) => fail(`Cannot listen on ${values.listen}: ${String(error)}`));

console.log(`${values.profile}: ${profile.says}
${profileWords(profile, cuts)}${speed === 1 ? "" : `\nEverything happens ${speed} times as fast; times below are the line's own`}
It leads to ${values.connect}. Use it with:

  npx qrelay spoke flush --connect ${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${line.port}
`);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    void line.close().then(() => console.log(`\n${sumWords(line.stats())}`));
  });

function flags() {
  try {
    const { values } = parseArgs({
      options: {
        profile: { type: "string", default: "hf-good" },
        connect: { type: "string", default: "127.0.0.1:6209" },
        listen: { type: "string", default: "127.0.0.1:0" },
        speed: { type: "string", default: "1" },
        seed: { type: "string", default: "1" },
        "no-cuts": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function hostPort(flag: string, text: string): { host: string; port: number } {
  const match = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) fail(`${flag} is "${text}", wanted HOST:PORT`);
  return { host: match[1] ?? match[2] ?? "", port };
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) fail(`${flag} is "${text}", wanted a number above 0`);
  return value;
}

function fail(text: string): never {
  console.error(`${text}\n\n${USAGE}`);
  process.exit(64);
}
