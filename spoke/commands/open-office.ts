import { join } from "node:path";
import type { Command } from "commander";
import { dataFolder, type Globals, globals, type Io } from "#shared/cli/program.js";
import { loadSpokeConfig, type SpokeConfig } from "#spoke/config.js";
import { openSpokeDirectory, type SpokeDirectory } from "#spoke/directory/directory.js";

/** What a command of an office works on. */
export interface Office {
  readonly globals: Globals;
  readonly config: SpokeConfig;
  readonly directory: SpokeDirectory;
}

/** Opens the office that the command line names, for as long as `work` takes. Works beside the daemon. */
export async function withOffice<T>(io: Io, command: Command, work: (office: Office) => T | Promise<T>): Promise<T> {
  const g = globals(command);
  const config = loadSpokeConfig(dataFolder(io, g, "spoke"));
  const directory = openSpokeDirectory(join(config.dir, "spoke.db"));
  try {
    return await work({ globals: g, config, directory });
  } finally {
    directory.close();
  }
}
