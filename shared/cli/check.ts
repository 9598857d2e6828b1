import { spawn } from "node:child_process";
import type { Command } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { endWith } from "./failure.ts";
import { findNode } from "./find-node.ts";
import { describe, globals, type Io } from "./program.ts";

/** `qrelay check`: finds out what kind of node the folder is, and lets that node's own check speak. */
export function register(parent: Command, io: Io): void {
  const command = parent
    .command("check")
    .description("says everything that is wrong with a hub or spoke, each with its cure");
  describe(command, ["qrelay check --dir /srv/herat"], [[EXIT.config, "something is wrong"]]);
  command.action(async () => {
    const g = globals(command);
    const found = findNode(io, g);
    endWith(await runSelf([found.kind, "check", "--dir", found.dir, ...(g.json ? ["--json"] : [])]));
  });
}

/** Shared rooms import neither hub nor spoke: the other half of this program is another run of it. */
function runSelf(argv: readonly string[]): Promise<ExitCode> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", ...argv], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve((code ?? EXIT.tempFail) as ExitCode));
  });
}
