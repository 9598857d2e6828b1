import type { Command } from "commander";
import { loadHubConfig } from "#hub/config.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { createLog } from "#shared/log/log.js";

export function register(parent: Command, io: Io): void {
  const command = parent.command("run").description("serve until stopped (SIGTERM drains, then exits 0)");
  describe(
    command,
    ["qrelay hub run --dir /srv/hub"],
    [
      [EXIT.tempFail, "another process serves this folder"],
      [EXIT.config, "hub.toml or the directory cannot be used"],
    ],
  );
  command.action(async () => {
    const g = globals(command);
    const config = loadHubConfig(dataFolder(io, g, "hub"));
    const log = createLog({ level: config.log.level }).event;
    // Loaded when it is wanted: other commands start in half the time without.
    const { openHub } = await import("#hub/node.js");
    const { serveHub } = await import("#hub/serve.js");
    const { runDaemon } = await import("#shared/node/daemon.js");
    endWith(await runDaemon({ start: () => serveHub(openHub(config, log)), io, json: g.json, log }));
  });
}
