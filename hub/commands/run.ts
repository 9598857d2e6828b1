import type { Command } from "commander";
import { loadHubConfig } from "#hub/config.js";
import { openHub } from "#hub/node.js";
import { serveHub } from "#hub/serve.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { endWith } from "#shared/cli/failure.js";
import { dataFolder, describe, globals, type Io } from "#shared/cli/program.js";
import { createLog } from "#shared/log/log.js";
import { runDaemon } from "#shared/node/daemon.js";

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
    endWith(await runDaemon({ start: () => serveHub(openHub(config, log)), io, json: g.json, log }));
  });
}
