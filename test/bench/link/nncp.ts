import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";
import type { Carriage, Contender } from "./carriage.ts";
import { callFor, deliveredIn, feed, isInstalled, run, twoMachines, writeDelivery } from "./spool.ts";

/** NNCP as its manual sets it up for mail: one packet a message, compressed, sealed for the office. */
export async function nncpContender(dir: string): Promise<Contender | undefined> {
  return (await isInstalled("nncp-call")) ? { by: "NNCP", open: () => openNncp(dir) } : undefined;
}

/** Seconds. It would hang up after 10 s of silence, which a quickened line turns into something else. */
const PATIENCE = 3600;
/** Of the office's daemon, to listen. */
const START_MS = 5000;

async function openNncp(dir: string): Promise<Carriage> {
  const { root, hub, office } = await twoMachines(dir, "nncp");
  const mail = join(office, "mail");
  const program = join(root, "sendmail");
  await writeDelivery(program, mail);
  const keys = { hub: await makeKeys(), herat: await makeKeys() };
  await writeConfig(hub, keys.hub, { herat: keys.herat }, program);
  await writeConfig(office, keys.herat, { hub: keys.hub }, program);
  const port = await freePort();
  const daemon = spawn("nncp-daemon", ["-quiet", "-cfg", join(office, "cfg"), "-bind", `127.0.0.1:${port}`], {
    stdio: "ignore",
  });
  const kill = (): void => void daemon.kill("SIGKILL");
  process.once("exit", kill);
  await listens(port);
  const waiting = async (): Promise<number> =>
    (await readdir(join(hub, "spool", `${keys.herat.id}`, "tx"), { withFileTypes: true })).filter(
      (one) => one.isFile() && /^[A-Z2-7]{52}$/.test(one.name),
    ).length;

  return {
    caller: "hub",
    port,
    queue: async (list) => {
      for (const { text, recipients } of list)
        await feed("nncp-exec", ["-quiet", "-cfg", join(hub, "cfg"), "herat", "sendmail", ...recipients], text);
    },
    call: (via, _half, ms) => {
      const words = ["-quiet", "-cfg", join(hub, "cfg"), "herat", `127.0.0.1:${via}`];
      // It stays on the line when all has gone.
      return callFor("nncp-call", words, ms, async () => (await waiting()) === 0);
    },
    waiting,
    delivered: async () => {
      await run("nncp-toss", ["-quiet", "-cfg", join(office, "cfg")]);
      return await deliveredIn(mail, (file) => [file]);
    },
    close: async () => {
      await stop(daemon);
      process.off("exit", kill);
      await rm(root, { recursive: true, force: true });
    },
  };
}

type Keys = Readonly<Record<"id" | "exchpub" | "signpub" | "noisepub", string>>;

async function makeKeys(): Promise<Keys> {
  const { stdout } = await run("nncp-cfgnew", ["-nocomments"]);
  const own = stdout.slice(stdout.indexOf("self:"), stdout.indexOf("neigh:"));
  const found = [...own.matchAll(/^\s+(\w+): ([A-Z2-7]+)$/gm)].map(([, name, key]) => [name, key]);
  // The secret ones too: "self" wants them all.
  return Object.fromEntries(found) as Keys;
}

/** Hjson takes JSON. */
async function writeConfig(machine: string, self: Keys, others: Readonly<Record<string, Keys>>, program: string) {
  const publicOf = ({ id, exchpub, signpub, noisepub }: Keys) => ({ id, exchpub, signpub, noisepub });
  const neighbours = Object.entries(others).map(([name, keys]) => [
    name,
    { ...publicOf(keys), exec: { sendmail: [program] }, onlinedeadline: PATIENCE, maxonlinetime: PATIENCE },
  ]);
  const config = {
    spool: join(machine, "spool"),
    log: join(machine, "log"),
    self,
    neigh: { self: publicOf(self), ...Object.fromEntries(neighbours) },
  };
  await writeFile(join(machine, "cfg"), JSON.stringify(config));
}

async function listens(port: number): Promise<void> {
  const until = performance.now() + START_MS;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
}

async function stop(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null) return;
  const ended = once(daemon, "exit");
  daemon.kill("SIGTERM");
  await ended;
}
