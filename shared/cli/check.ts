import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { endWith, Failure } from "./failure.ts";
import { dataFolder, describe, globals, type Io } from "./program.ts";

/** `qrelay check`: finds out what kind of node the folder is, and lets that node's own check speak. */
export function register(parent: Command, io: Io): void {
  const command = parent
    .command("check")
    .description("says everything that is wrong with a hub or spoke, each with its cure");
  describe(command, ["qrelay check --dir /srv/herat"], [[EXIT.config, "something is wrong"]]);
  command.action(async () => {
    const g = globals(command);
    const found = (["hub", "spoke"] as const)
      .map((kind) => ({ kind, dir: dataFolder(io, g, kind) }))
      .find(({ kind, dir }) => existsSync(join(dir, `${kind}.toml`)));
    if (found === undefined) {
      const looked = [...new Set((["hub", "spoke"] as const).map((kind) => dataFolder(io, g, kind)))].join(" and ");
      throw new Failure(EXIT.config, `There is no hub.toml or spoke.toml in ${looked}: name the folder with --dir`);
    }
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
