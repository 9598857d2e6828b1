import { join } from "node:path";
import type { Command } from "commander";
import { type HubConfig, identityOf, loadHubConfig } from "#hub/config.js";
import { type Directory, openDirectory } from "#hub/directory/directory.js";
import { Refusal, type RefusalKind } from "#hub/directory/refusal.js";
import { directoryView } from "#hub/directory/view.js";
import type { DirectoryView } from "#hub/routing/view.js";
import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { dataFolder, type Globals, globals, type Io } from "#shared/cli/program.js";

export const DIRECTORY_FILE = "directory.db";

/** What a command of headquarters works on. */
export interface Hub {
  readonly globals: Globals;
  readonly config: HubConfig;
  readonly directory: Directory;
  readonly view: DirectoryView;
}

/**
 * Opens the hub that the command line names, for as long as `work` takes. Works beside the daemon, which sees
 * a change with its next question. What the directory refuses becomes the exit code that says so.
 */
export async function withHub<T>(io: Io, command: Command, work: (hub: Hub) => T | Promise<T>): Promise<T> {
  const g = globals(command);
  const config = loadHubConfig(dataFolder(io, g, "hub"));
  return await explained(async () => {
    const directory = openDirectory(join(config.dir, DIRECTORY_FILE));
    try {
      return await work({ globals: g, config, directory, view: viewOf(directory, config) });
    } finally {
      directory.close();
    }
  });
}

export function viewOf(directory: Directory, config: Parameters<typeof identityOf>[0]): DirectoryView {
  return directoryView(directory, identityOf(config));
}

const REFUSAL_EXIT: Record<RefusalKind, ExitCode> = {
  unknown: EXIT.badData,
  bad: EXIT.badData,
  conflict: EXIT.cannotCreate,
};

export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw new Failure(REFUSAL_EXIT[error.kind], error.message, { cause: error });
    throw error;
  }
}

/** The exit codes that most commands here share. */
export const COMMON_EXITS: [ExitCode, string][] = [
  [EXIT.badData, "the value given cannot be used, or names nothing"],
  [EXIT.config, "the configuration or the directory cannot be used"],
];
