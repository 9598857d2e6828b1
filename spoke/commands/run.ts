import type { Command } from "commander";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { createLog } from "#shared/log/log.js";
import { loadSpokeConfig } from "#spoke/config.js";

export function register(parent: Command, io: Io): void {
  const command = parent
    .command("run")
    .description("serve the office and open its windows until stopped (SIGTERM drains, then exits 0)");
  describe(
    command,
    ["qrelay spoke run --dir /srv/herat"],
    [
      [EXIT.tempFail, "another process serves this folder"],
      [EXIT.config, "spoke.toml or the directory cannot be used"],
    ],
  );
  command.action(async () => {
    const g = globals(command);
    const config = loadSpokeConfig(dataFolder(io, g, "spoke"));
    const log = createLog({ level: config.log.level }).event;
    // Loaded when it is wanted: other commands start in half the time without.
    const { openSpoke } = await import("#spoke/node.js");
    const { serveSpoke } = await import("#spoke/serve.js");
    const { runDaemon } = await import("#shared/node/daemon.js");
    endWith(await runDaemon({ start: () => serveSpoke(openSpoke(config, log)), io, json: g.json, log }));
  });
}
