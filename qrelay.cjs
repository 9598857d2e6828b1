#!/usr/bin/env node
// The guard: no static imports, and nothing that an old Node cannot parse. The SQLite driver does not
// complain about a Node that is too old, it kills the process; so the version is settled before anything is loaded.
const OLDEST_NODE = [24, 15]; // brotli dictionaries, which the link needs, came with 24.15
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const BAD_CONFIG = 78;
const TEMPORARY = 75;
const CANNOT_WRITE = 73;

/** Shared rooms import neither node: what they need of the one at hand they are given here. */
const LOG_INS = { hub: () => import("#hub/log-in.js"), spoke: () => import("#spoke/log-in.js") };

if (isOld(process.versions.node)) restartWithPinnedNode();
else start();

function isOld(version) {
  const [major, minor] = version.split(".").map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

function restartWithPinnedNode() {
  const pinned = join(__dirname, "node_modules", ".bin", "node");
  if (process.env.QRELAY_REEXEC || !existsSync(pinned)) {
    const wanted = OLDEST_NODE.join(".");
    process.stderr.write(
      `qrelay: needs Node ${wanted} or later, this is ${process.versions.node}: run npm ci, which brings it\n`,
    );
    process.exitCode = BAD_CONFIG;
    return;
  }
  const child = require("node:child_process").spawn(pinned, process.execArgv.concat(process.argv.slice(1)), {
    stdio: ["inherit", "inherit", "inherit"].concat(isCheckpassword() ? [3] : []),
    env: Object.assign({}, process.env, { QRELAY_REEXEC: "1" }),
  });
  forwardSignals(child);
  child.on("error", (error) => {
    process.stderr.write(`qrelay: cannot start ${pinned}: ${error.message}: run npm ci\n`);
    process.exitCode = BAD_CONFIG;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    // Whoever started us shall see the same death.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function forwardSignals(child) {
  for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, () => child.kill(signal));
  // A terminal sends Ctrl-C to both processes; passing it on would make it two, and the second means "at once".
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
}

function start() {
  // What we start in turn may come upon an old Node again, and must then be free to restart too.
  delete process.env.QRELAY_REEXEC;
  surviveClosedOutput();
  const word = process.argv[2];
  const node = word === "hub" || word === "spoke";
  if (node && process.argv[3] === "run") serveWithoutTickets();
  // An old laptop: some MB less for ever against a little speed that nobody there needs. Must be set before the rest loads.
  if (word === "spoke") require("node:v8").setFlagsFromString("--optimize-for-size");
  const module = node
    ? word === "hub"
      ? import("#hub/main.js")
      : import("#spoke/main.js")
    : import("#shared/cli/main.js");
  module
    .then(({ main }) => main(process.argv.slice(node ? 3 : 2), LOG_INS))
    .then(
      (code) => {
        // Not process.exit: stdout may be a pipe that still drains.
        process.exitCode = code;
      },
      (error) => {
        const unbuilt = error.code === "ERR_MODULE_NOT_FOUND" && !existsSync(join(__dirname, "dist"));
        process.stderr.write(`qrelay: ${unbuilt ? "not built yet: run npm run build" : error.stack}\n`);
        process.exitCode = unbuilt ? BAD_CONFIG : TEMPORARY;
      },
    );
}

/** It is given a login on descriptor 3. */
function isCheckpassword() {
  return !["hub", "spoke", "sendmail"].includes(process.argv[2]) && process.argv.includes("checkpassword", 2);
}

/** OpenSSL reads its configuration once, when a process begins: so this one begins again, as itself. */
function serveWithoutTickets() {
  const config = join(__dirname, "dist", "shared", "io", "openssl.cnf");
  if (process.env.OPENSSL_CONF === config) {
    // It is meant for us, not for the programs that we start.
    delete process.env.OPENSSL_CONF;
    return;
  }
  // Who has a configuration of his own means it; who speaks to us over a channel would lose it.
  if (process.env.OPENSSL_CONF || process.channel || !process.execve || !existsSync(config)) return;
  const words = [process.execPath].concat(process.execArgv, process.argv.slice(1));
  process.execve(process.execPath, words, Object.assign({}, process.env, { OPENSSL_CONF: config }));
}

/** A reader that went away (`| head`, a lost terminal) must not stop a daemon; a full disk must not look like success. */
function surviveClosedOutput() {
  let lost = false;
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error) => {
    if (error.code !== "EPIPE") lost = true;
  });
  process.on("exit", () => {
    if (lost && !process.exitCode) process.exitCode = CANNOT_WRITE;
  });
}
