import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { formatProblem, type Read } from "./read-toml.ts";

/** The text of DIR/FILE; a Failure with the cure when it cannot be read. */
export function readConfigFile(dir: string, file: string, cure: string): string {
  const path = join(dir, file);
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new Failure(EXIT.config, `Cannot find ${path}: ${cure}, or name the folder with --dir`, { cause });
    }
    const exit = code === "EACCES" || code === "EPERM" ? EXIT.notPermitted : EXIT.config;
    throw new Failure(exit, `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** The value, or a Failure that tells every problem, a line each. */
export function valueOrFailure<T>(file: string, read: Read<T>): T {
  if (read.ok) return read.value;
  throw new Failure(EXIT.config, read.problems.map((problem) => formatProblem(file, problem)).join("\n"));
}
