import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { valueOrFailure } from "#shared/config/load-config.js";
import { applySet } from "#shared/config/set-key.js";
import { decodeToken, type JoinToken } from "#shared/link/token.js";
import { newSpokeToml, parseSpokeConfig, SPOKE_FILE } from "#spoke/config.js";
import { makeOffice, takenBy } from "./make-office.ts";

const LINK = "hub";

/** `qrelay spoke join TOKEN`: makes the office's folder from what the hub printed. Asks nobody: it works off line. */
export function register(parent: Command, io: Io): void {
  const command = parent
    .command("join")
    .argument("<token>", "the line that `office add` printed, or a file that holds it")
    .description("Makes this office's folder from the hub's token, off line")
    .option("--set <key=value>", "writes a key of spoke.toml; may be repeated", collect, []);
  describe(
    command,
    [
      "qrelay spoke join qr1.eyJkb21haW5zIjpb… --dir /var/lib/qrelay/spoke",
      "qrelay spoke join token.txt --set smtp.listen=127.0.0.1:2525",
    ],
    [
      [EXIT.badData, "the token cannot be used"],
      [EXIT.cannotCreate, "the folder holds a node already, or cannot be written"],
      [EXIT.config, "a value given with --set makes no sense"],
    ],
  );
  command.action(async (given: string, options: { set: string[] }, self: Command) => {
    const g = globals(self);
    const dir = resolve(dataFolder(io, g, "spoke"));
    const token = await readToken(given);
    // Everything that can be wrong with what was asked for, before anything is made.
    const toml = spokeToml(token, options.set, dir);
    const taken = takenBy(dir);
    if (taken !== undefined) throw new Failure(EXIT.cannotCreate, alreadyThere(taken));
    await makeOffice(dir, toml);
    answer(io, g, summary(token, dir), document(token, dir));
  });
}

function spokeToml(token: JoinToken, assignments: readonly string[], dir: string): string {
  const { domains, office, host, hub, key } = token;
  const link = [{ name: LINK, connect: connectTo(token) }];
  const toml = assignments.reduce(applySet, newSpokeToml({ domains, office, host, hub, key, link }));
  valueOrFailure(SPOKE_FILE, parseSpokeConfig(toml, dir));
  return toml;
}

/** The hub gives its addresses in the order to try; more of them are more links, which people write. */
function connectTo(token: JoinToken): string {
  return `tls://${token.addresses[0] ?? token.hub}`;
}

async function readToken(given: string): Promise<JoinToken> {
  const read = decodeToken(existsSync(given) ? await tokenLine(given) : given);
  if ("problem" in read) throw new Failure(EXIT.badData, `Cannot join: ${read.problem}`);
  return read.token;
}

/** All that `office add` prints may have been saved; its last line is the token. */
async function tokenLine(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_FILE) throw new Failure(EXIT.badData, `Cannot join: ${path} is too large to be a file with a token`);
  const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "") ?? "";
}

/** A token and what is printed above it, with a QR code, has a tenth of this. */
const MAX_FILE = 200_000;

function alreadyThere(path: string): string {
  return `Cannot join: ${path} is already there; choose another folder with --dir, or move the old one away`;
}

function document(token: JoinToken, dir: string) {
  const { office, host, domains, hub } = token;
  return { office, host, domains, hub, dir, link: { name: LINK, connect: connectTo(token) } };
}

function summary(token: JoinToken, dir: string): string {
  return [
    `Joined ${token.domains[0] ?? token.host} as office ${token.office} (${token.host}) in ${dir}`,
    "Nothing calls the hub yet. Next:",
    "  qrelay spoke flush               one window now, which also fetches the people of this office",
    "  qrelay spoke person add NAME     mailboxes before that",
    `  ${join(dir, SPOKE_FILE)}    windows = [...] for a schedule`,
  ].join("\n");
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
