import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { SampleMessage } from "../sample-mail/letter.ts";
import type { Carriage, Contender } from "./carriage.ts";
import { callFor, deliveredIn, feed, isInstalled, run, twoMachines, writeDelivery } from "./spool.ts";

/** Taylor UUCP in its two usual ways with mail: each message to rmail, and batches as SMTP through gzip. */
export async function uucpContenders(dir: string): Promise<Contender[] | undefined> {
  if (!(await isInstalled("uucico"))) return undefined;
  return [
    { by: "UUCP", open: () => openUucp(dir, ONE_BY_ONE) },
    { by: "UUCP, gzip batches", open: () => openUucp(dir, BATCHED) },
  ];
}

interface Way {
  readonly command: string;
  /** What the office's command does with what comes. */
  readonly filter: string;
  jobs(mail: readonly SampleMessage[]): { readonly words: readonly string[]; readonly input: Buffer }[];
  split(file: Buffer): readonly Buffer[];
}

const ONE_BY_ONE: Way = {
  command: "rmail",
  filter: "cat",
  jobs: (mail) => mail.map(({ text, recipients }) => ({ words: recipients.map((one) => `(${one})`), input: text })),
  split: (file) => [file],
};
/** Bytes of mail before gzip: more would gain little, and nothing of a batch is delivered before it is whole. */
const BATCH_BYTES = 20_000;
const BATCHED: Way = {
  command: "rgsmtp",
  filter: "gzip -d",
  jobs: (mail) => batches(mail).map((batch) => ({ words: [], input: gzipSync(batch, { level: 9 }) })),
  split: (file) =>
    [...file.toString("latin1").matchAll(/^DATA\n([\s\S]*?)^\.\n/gm)].map(([, text = ""]) =>
      Buffer.from(text, "latin1"),
    ),
};

function batches(mail: readonly SampleMessage[]): Buffer[] {
  const found: string[] = [];
  let batch = "";
  for (const { text, sender, recipients } of mail) {
    const to = recipients.map((one) => `RCPT TO:<${one}>\n`).join("");
    const body = text.toString("latin1").replaceAll(/^\./gm, "..");
    const one = `MAIL FROM:<${sender}>\n${to}DATA\n${body}${body.endsWith("\n") ? "" : "\n"}.\n`;
    if (batch !== "" && batch.length + one.length > BATCH_BYTES) {
      found.push(batch);
      batch = "";
    }
    batch += one;
  }
  return (batch === "" ? found : [...found, batch]).map((text) => Buffer.from(text, "latin1"));
}

async function openUucp(dir: string, way: Way): Promise<Carriage> {
  const { root, hub, office } = await twoMachines(dir, "uucp");
  const mail = join(office, "mail");
  const server = await listenUucico(office);
  const { port } = server.address() as AddressInfo;
  await writeDelivery(join(root, way.command), mail, way.filter);
  await writeConfig(hub, "hub", []);
  await writeConfig(office, "herat", [
    "system hub",
    "called-login hub",
    `commands ${way.command}`,
    `command-path ${root} /usr/bin /bin`,
    `protocol ${PROTOCOL}`,
    ...PACKETS,
  ]);
  // Whoever starts them, its programs work as the user uucp.
  const own = async (): Promise<void> => void (process.getuid?.() === 0 && (await run("chown", ["-R", "uucp", root])));
  await own();

  return {
    caller: "hub",
    port,
    queue: async (list) => {
      await writeFile(join(hub, "sys"), callee(port));
      await own();
      for (const { words, input } of way.jobs(list))
        await feed("uux", ["-I", join(hub, "config"), "-r", "-", `herat!${way.command}`, ...words], input);
    },
    call: async (via, _half, ms) => {
      await writeFile(join(hub, "sys"), callee(via));
      await callFor("uucico", ["-D", "-q", "-f", "-s", "herat", "-I", join(hub, "config")], ms);
    },
    waiting: async () => (await readdir(join(hub, "spool", "herat", "C."))).length,
    delivered: async () => {
      await run("uuxqt", ["-I", join(office, "config")]);
      return await deliveredIn(mail, way.split);
    },
    close: async () => {
      server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The one for bad lines, which fills both directions and asks for no answer between files. */
const PROTOCOL = "i";
/** Long ones, so that the answers cost few turns, and patience for slow lines. */
const PACKETS = ["packet-size 4095", "sync-timeout 120", "timeout 120"].map((one) => `protocol-parameter i ${one}`);

function callee(port: number): string {
  return `${[
    "system herat",
    "time any",
    'chat ""',
    "port type tcp",
    `port service ${port}`,
    "address 127.0.0.1",
    `protocol ${PROTOCOL}`,
    ...PACKETS,
  ].join("\n")}\n`;
}

async function writeConfig(machine: string, name: string, sys: readonly string[]): Promise<void> {
  const files = ["sysfile sys", "portfile port", "passwdfile passwd", "callfile call"];
  const places = ["spool spool", "pubdir spool", "lockdir spool", "logfile log", "statfile stats", "debugfile debug"];
  const lines = [...files, ...places].map((line) => line.replace(" ", ` ${machine}/`));
  await mkdir(machine, { recursive: true });
  await writeFile(join(machine, "config"), `${[`nodename ${name}`, ...lines].join("\n")}\n`);
  for (const file of ["port", "passwd", "call"]) await writeFile(join(machine, file), "");
  await writeFile(join(machine, "sys"), sys.map((line) => `${line}\n`).join(""));
}

/** One uucico a connection, which gets the socket itself, as from inetd. */
async function listenUucico(office: string) {
  const server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
    const words = ["-D", "-q", "-u", "hub", "-I", join(office, "config")];
    const child = spawn("uucico", words, { stdio: [socket, socket, "ignore"] });
    child.once("spawn", () => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
