import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Is this program installed here? Tests of other people's programs run where they are, and say so where not. */
export function has(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: both mean that it cannot be run.
    return false;
  }
}
