import { join } from "node:path";
import type { Command } from "commander";
import { loadHubConfig } from "#hub/config.js";
import { openDirectory } from "#hub/directory/directory.js";
import type { Io } from "#shared/cli/program.js";
import { registerTrace } from "#shared/cli/trace-command.js";
import { DIRECTORY_FILE } from "./open-hub.ts";

export function register(parent: Command, io: Io): void {
  registerTrace(parent, io, "hub", async (dir, work) => {
    const directory = openDirectory(join(loadHubConfig(dir).dir, DIRECTORY_FILE));
    try {
      return work(directory.trace);
    } finally {
      directory.close();
    }
  });
}
