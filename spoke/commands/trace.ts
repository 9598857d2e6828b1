import { join } from "node:path";
import type { Command } from "commander";
import type { Io } from "#shared/cli/program.js";
import { registerTrace } from "#shared/cli/trace-command.js";
import { loadSpokeConfig } from "#spoke/config.js";
import { openSpokeDirectory } from "#spoke/directory/directory.js";

export function register(parent: Command, io: Io): void {
  registerTrace(parent, io, "spoke", async (dir, work) => {
    const directory = openSpokeDirectory(join(loadSpokeConfig(dir).dir, "spoke.db"));
    try {
      return work(directory.trace);
    } finally {
      directory.close();
    }
  });
}
