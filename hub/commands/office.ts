import type { Command } from "commander";
import type { Office } from "#hub/directory/offices.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { answer, describe, type Io } from "#shared/cli/program.js";
import { qrText } from "#shared/cli/qr.js";
import { table } from "#shared/cli/table.js";
import { formatSize } from "#shared/cli/units.js";
import { isHostPort, newKey } from "#shared/link/token.js";
import { addOffice, type OfficeOptions, removeOffice, setOffice } from "./change-office.ts";
import { joinToken, type OfficeDocument, officeDocument } from "./office-document.ts";
import { COMMON_EXITS, type Hub, withHub } from "./open-hub.ts";

/** `qrelay hub office …`: the places that have a node, and their keys. */
export function register(parent: Command, io: Io): void {
  const office = parent.command("office").description("The offices and their keys");
  registerAdd(office, io);
  registerList(office, io);
  registerShow(office, io);
  registerSet(office, io);
  registerRekey(office, io);
  registerPause(office, io, true);
  registerPause(office, io, false);
  registerRemove(office, io);
}

interface TokenOptions {
  address: string[];
  qr?: boolean;
}

interface AddOptions extends TokenOptions {
  host?: string;
  limit?: string;
}

function registerAdd(parent: Command, io: Io): void {
  const add = parent
    .command("add")
    .argument("<name>")
    .description("Makes an office with its queue and key; the last line is the join token")
    .option("--host <fqdn>", "its host name (else NAME.DOMAIN)")
    .option("--limit <size>", "largest message that may wait for it, like 200k")
    .option("--address <host:port>", "where the office finds the hub; may be repeated", collect, [])
    .option("--qr", "the token as a QR code too, for a telephone");
  describe(
    add,
    ["qrelay hub office add mazar --limit 200k", "qrelay hub office add herat | tail -n 1 > herat.token"],
    [...COMMON_EXITS, [EXIT.cannotCreate, "name or host is taken, or the queue cannot be made"]],
  );
  add.action((name: string, options: AddOptions, command: Command) =>
    withHub(io, command, async (hub) => {
      assertAddresses(options.address);
      const made = await addOffice(hub, name, options);
      sayToken(io, hub, made, options, `Added the office ${made.name}: its people are final at ${made.host}`);
    }),
  );
}

function registerList(parent: Command, io: Io): void {
  const list = parent.command("list").description("All offices");
  describe(list, ["qrelay hub office list"], COMMON_EXITS);
  list.action((_options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const offices = hub.directory.offices.list().map((office) => officeDocument(hub, office));
      const rows = offices.map((one) => [
        one.name,
        one.host,
        `${one.people}`,
        standing(one),
        one.lastContact ?? "never",
      ]);
      answer(io, hub.globals, table(rows, ["OFFICE", "HOST", "PEOPLE", "STATE", "LAST CONTACT"]), { offices });
    }),
  );
}

function registerShow(parent: Command, io: Io): void {
  const show = parent.command("show").argument("<name>").description("One office and its settings");
  describe(show, ["qrelay hub office show mazar --json"], COMMON_EXITS);
  show.action((name: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => sayOffice(io, hub, known(hub, name))),
  );
}

function registerSet(parent: Command, io: Io): void {
  const set = parent
    .command("set")
    .argument("<name>")
    .description('Changes settings of an office; "none" takes one away')
    .option("--limit <size>", "largest message that may wait for it, like 200k")
    .option("--dial <url>", "how the hub calls it: tls://HOST:PORT, or qmtp://HOST:PORT for a qmail office")
    .option("--windows <cron>", "when the hub calls it")
    .option("--zone <zone>", "time zone of --windows")
    .option("--prefix <prefix>", "qmail office: what its virtualdomains puts before a name")
    .option("--history <on|off>", "old mail kept on the hub's disk to shorten new mail on its link")
    .option(
      "--replica <what>",
      "what the office holds of the organisation's names: none, names, or book (whose and where)",
    );
  describe(
    set,
    ['qrelay hub office set farah --dial qmtp://192.0.2.7:209 --windows "0 7,17 * * *" --zone Asia/Kabul'],
    COMMON_EXITS,
  );
  set.action((name: string, options: OfficeOptions, command: Command) =>
    withHub(io, command, (hub) => sayOffice(io, hub, setOffice(hub, name, options))),
  );
}

function registerRekey(parent: Command, io: Io): void {
  const rekey = parent
    .command("rekey")
    .argument("<name>")
    .description("Makes a new key; the old one no longer opens the link. The last line is the new join token")
    .option("--address <host:port>", "where the office finds the hub; may be repeated", collect, [])
    .option("--qr", "the token as a QR code too, for a telephone");
  describe(rekey, ["qrelay hub office rekey mazar"], COMMON_EXITS);
  rekey.action((name: string, options: TokenOptions, command: Command) =>
    withHub(io, command, (hub) => {
      assertAddresses(options.address);
      if (known(hub, name).own)
        throw new Failure(EXIT.badData, `Cannot rekey ${name}: it is the hub's own office, which has no link`);
      const changed = hub.directory.transaction(() => hub.directory.offices.rekey(name, newKey()));
      sayToken(io, hub, changed, options, `Made a new key for ${name}: it must join again with this token`);
    }),
  );
}

function registerPause(parent: Command, io: Io, paused: boolean): void {
  const verb = paused ? "pause" : "resume";
  const about = paused ? "Lets the mail of an office wait and refuses its calls" : "Ends a pause";
  const pause = parent.command(verb).argument("<name>").description(about);
  describe(pause, [`qrelay hub office ${verb} mazar`], COMMON_EXITS);
  pause.action((name: string, _options: unknown, command: Command) =>
    withHub(io, command, (hub) => {
      const changed = hub.directory.transaction(() => hub.directory.offices.pause(name, paused));
      answer(io, hub.globals, `${name} is ${paused ? "paused" : "no longer paused"}`, officeDocument(hub, changed));
    }),
  );
}

function registerRemove(parent: Command, io: Io): void {
  const remove = parent
    .command("remove")
    .argument("<name>")
    .description("Gives an office up that has no people and no mail");
  describe(
    remove,
    ["qrelay hub office remove mazar"],
    [...COMMON_EXITS, [EXIT.cannotCreate, "people are posted there"], [EXIT.tempFail, "mail waits for it"]],
  );
  remove.action((name: string, _options: unknown, command: Command) =>
    withHub(io, command, async (hub) => {
      await removeOffice(hub, name);
      answer(io, hub.globals, `Removed the office ${name}; its key no longer opens the link`, { name });
    }),
  );
}

function known(hub: Hub, name: string): Office {
  const office = hub.directory.offices.get(name);
  if (office === undefined)
    throw new Failure(EXIT.badData, `There is no office "${name}": see \`qrelay hub office list\``);
  return office;
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function assertAddresses(addresses: readonly string[]): void {
  const wrong = addresses.find((address) => !isHostPort(address));
  if (wrong !== undefined) throw new Failure(EXIT.usage, `Cannot use the address "${wrong}": wanted HOST:PORT`);
}

/** The token is the last line: scripts take it from there. */
function sayToken(io: Io, hub: Hub, office: Office, { address, qr }: TokenOptions, what: string): void {
  const token = joinToken(hub, office, address);
  if (hub.config.listen.link.length === 0)
    io.err("qrelay: link.listen is off in hub.toml: no office can call this hub\n");
  const lines = [
    what,
    "Take this join token to its machine and run `qrelay spoke join TOKEN` there.",
    "It holds the office's key: whoever has it can read and send the office's mail.",
    token,
  ];
  if (qr === true && !hub.globals.json) io.out(`${qrText(token)}\n`);
  answer(io, hub.globals, lines.join("\n"), { ...officeDocument(hub, office), token });
}

function sayOffice(io: Io, hub: Hub, office: Office): void {
  const one = officeDocument(hub, office);
  const rows: [string, string | undefined][] = [
    ["Office", one.name],
    ["Host", one.host],
    ["State", standing(one)],
    ["People", `${one.people}${one.current ? "" : " (the office has not the newest list yet)"}`],
    ["Aliases", one.aliases.length === 0 ? undefined : `${one.aliases.join(", ")} (the office's own)`],
    ["Limit", one.limit === undefined ? undefined : formatSize(one.limit)],
    ["Dial", one.dial],
    ["Windows", one.windows],
    ["Zone", one.zone],
    ["Prefix", one.prefix],
    ["History", one.history ? undefined : "off"],
    [
      "Replica",
      one.own ? undefined : `${one.replica}${one.replicaCurrent ? "" : " (the office has not the newest copy yet)"}`,
    ],
    ["Created", one.created],
    ["Last contact", one.own ? undefined : (one.lastContact ?? "never")],
  ];
  const lines = rows.flatMap(([label, value]) => (value === undefined ? [] : [`${label.padEnd(13)}${value}`]));
  answer(io, hub.globals, lines.join("\n"), one);
}

function standing(one: OfficeDocument): string {
  if (one.own) return "the hub's own";
  return one.paused ? "paused" : "active";
}
