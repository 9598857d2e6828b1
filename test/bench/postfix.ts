import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

/** A private Postfix that accepts mail on loopback and holds it: acceptance is measured, and nothing else. */
export interface Postfix {
  readonly version: string;
  readonly pid: number;
  readonly port: number;
  /** Where accepted messages lie, in folders of one letter. */
  readonly kept: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const POSTCONF = "/usr/sbin/postconf";
const STOP_LOOK_MS = 50;
/** master forks its first smtpd within this. */
const START_MS = 10_000;

/**
 * Starts Postfix out of `dir` (configuration, queue and data all below it), leaving the machine's own alone.
 * Gives the reason when that cannot be done here.
 */
export async function startPostfix(dir: string, domain: string): Promise<Postfix | { readonly missing: string }> {
  const version = await run(POSTCONF, ["-hd", "mail_version"]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (version === undefined) return { missing: "Postfix is not installed here" };
  if (process.getuid?.() !== 0) return { missing: `Postfix ${version} is here, but only root can start a private one` };
  const port = await freePort();
  const daemons = (await run(POSTCONF, ["-hd", "daemon_directory"])).stdout.trim();
  await writeInstance(dir, port, domain);
  await run("/usr/sbin/postfix", ["-c", join(dir, "etc"), "check"]);
  // master itself and not "postfix start", which would put itself in the background.
  const master = spawn(join(daemons, "master"), ["-c", join(dir, "etc"), "-d"], { stdio: "ignore", detached: true });
  const group = master.pid ?? 0;
  const ended = once(master, "exit");
  const kill = (): void => void (groupLives(group) && process.kill(-group, "SIGKILL"));
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    master.kill("SIGTERM");
    await ended;
    while (groupLives(group)) await sleep(STOP_LOOK_MS);
    process.off("exit", kill);
    await rm(dir, { recursive: true, force: true });
  };
  if (!(await answers(port))) {
    await stop();
    return { missing: `Postfix ${version} did not answer on 127.0.0.1:${port} within ${START_MS / 1000} s` };
  }
  return { version, pid: group, port, kept: join(dir, "spool", "hold"), stop };
}

async function writeInstance(dir: string, port: number, domain: string): Promise<void> {
  for (const folder of ["", "etc", "spool", "data"]) {
    await mkdir(join(dir, folder), { recursive: true });
    // Postfix's programs run as the user postfix and must be able to pass.
    await chmod(join(dir, folder), 0o755);
  }
  await run("chown", ["postfix", join(dir, "data")]);
  const lines = [
    "compatibility_level = 3.6",
    `queue_directory = ${join(dir, "spool")}`,
    `data_directory = ${join(dir, "data")}`,
    // A log written to a file, as the hub's is.
    `maillog_file = ${join(dir, "maillog")}`,
    `maillog_file_prefixes = ${dir}`,
    "inet_interfaces = 127.0.0.1",
    "inet_protocols = ipv4",
    "myhostname = postfix.bench.example",
    "mydestination =",
    `relay_domains = ${domain}`,
    "relay_recipient_maps =",
    "mynetworks = 127.0.0.0/8",
    "smtpd_relay_restrictions = permit_mynetworks, reject",
    // Held: written and synced by cleanup(8) and left alone. Deferring would make Postfix do more than the hub does.
    "smtpd_recipient_restrictions = check_client_access static:HOLD, permit_mynetworks, reject",
    // Everything that would wait or ask the network is off: Postfix at its best.
    "smtpd_peername_lookup = no",
    "in_flow_delay = 0",
    "smtpd_client_connection_count_limit = 0",
    "message_size_limit = 30000000",
    "alias_maps =",
    "alias_database =",
  ];
  await writeFile(join(dir, "etc", "main.cf"), `${lines.join("\n")}\n`);
  await writeFile(join(dir, "etc", "master.cf"), MASTER.replace("PORT", `${port}`));
}

/** The services that acceptance needs, none of them in a chroot. */
const MASTER = `
127.0.0.1:PORT inet n - n - - smtpd
postlog   unix-dgram n - n - 1 postlogd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
anvil     unix - - n - 1 anvil
retry     unix - - n - - error
error     unix - - n - - error
relay     unix - - n - - smtp
smtp      unix - - n - - smtp
`;

/** smtpd and the others take a moment longer than their master, and write into `dir` until the end. */
function groupLives(leader: number): boolean {
  try {
    process.kill(-leader, 0);
    return true;
  } catch {
    // ESRCH: nobody is left in the group.
    return false;
  }
}

async function answers(port: number): Promise<boolean> {
  const until = performance.now() + START_MS;
  while (performance.now() < until) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "data");
      return true;
    } catch {
      // Not listening yet.
      await sleep(100);
    } finally {
      socket.destroy();
    }
  }
  return false;
}
