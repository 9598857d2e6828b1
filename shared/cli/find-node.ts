import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { dataFolder, type Globals, type Io } from "./program.ts";

const KINDS = ["hub", "spoke"] as const;

export interface FoundNode {
  readonly kind: (typeof KINDS)[number];
  /** Absolute. */
  readonly dir: string;
}

/** What kind of node the folder of the command line is; Failure 78 when it is none. */
export function findNode(io: Io, g: Globals): FoundNode {
  const folders = KINDS.map((kind) => ({ kind, dir: resolve(dataFolder(io, g, kind)) }));
  const found = folders.find(({ kind, dir }) => existsSync(join(dir, `${kind}.toml`)));
  if (found !== undefined) return found;
  const looked = [...new Set(folders.map(({ dir }) => dir))].join(" and ");
  throw new Failure(EXIT.config, `There is no hub.toml or spoke.toml in ${looked}: name the folder with --dir`);
}
