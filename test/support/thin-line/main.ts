/** `npm run thinline`: a thin line by hand. */
import { parseArgs } from "node:util";
import { PROFILES } from "./profile.ts";
import type { LineEvent } from "./thin-line.ts";
import { startThinLine } from "./thin-line.ts";

const USAGE = `npm run thinline -- --profile NAME [--connect HOST:PORT] [--listen HOST:PORT] [--speed N] [--seed N] [--no-cuts]

A line to try qrelay on. NAME is one of: ${Object.keys(PROFILES).join(", ")}.`;

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

const profile = PROFILES[values.profile];
if (values.help || profile === undefined) {
  console.log(profile === undefined ? `There is no profile "${values.profile}".\n\n${USAGE}` : USAGE);
  process.exit(values.help ? 0 : 64);
}

const speed = number("--speed", values.speed);
const line = await startThinLine({
  profile,
  connect: hostPort("--connect", values.connect),
  listen: hostPort("--listen", values.listen),
  speed,
  seed: number("--seed", values.seed),
  cuts: !values["no-cuts"],
  onEvent: (event) => console.log(said(event)),
});
const fast = speed === 1 ? "" : ` Everything happens ${speed} times as fast.`;
console.log(`${values.profile}: ${profile.says}.${fast}`);
console.log(`Leads to ${values.connect}. Try it with: npx qrelay spoke flush --connect 127.0.0.1:${line.port}`);

process.once("SIGINT", async () => {
  await line.close();
  const { bytes, turns, cuts, connections, upSec } = line.stats();
  console.log(
    `\n${connections} connections, ${Math.round(upSec)} s up, ${bytes.up} bytes up, ${bytes.down} down, ${turns} turns, ${cuts} cuts`,
  );
});

function said(event: LineEvent): string {
  const at = `${event.atSec.toFixed(1).padStart(8)} s  `;
  if (event.kind === "up") return `${at}the carrier is up`;
  if (event.kind === "cut") return `${at}${event.why === "cut" ? "cut" : "the window is over"}`;
  return `${at}closed: ${event.stats.bytes.up} bytes up, ${event.stats.bytes.down} down, ${event.stats.turns} turns`;
}

function hostPort(flag: string, text: string): { host: string; port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (match === null) fail(`${flag} is "${text}", wanted HOST:PORT`);
  return { host: match[1]?.replace(/^\[(.*)\]$/, "$1") ?? "", port: Number(match[2]) };
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) fail(`${flag} is "${text}", wanted a number above 0`);
  return value;
}

function fail(text: string): never {
  console.error(text);
  process.exit(64);
}
