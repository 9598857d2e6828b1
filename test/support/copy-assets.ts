/** The build's second half: files that are read at run time and that the compiler does not copy. */
import { copyFile, glob, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

const ASSETS = ["{hub,spoke}/**/*.sql", "shared/link/encoding/*.txt", "shared/io/*.cnf"];

// One that is no longer there must not be found: a migration of another name has the same number.
for await (const stale of glob(ASSETS, { cwd: join(ROOT, "dist") })) await rm(join(ROOT, "dist", stale));
for await (const file of glob(ASSETS, { cwd: ROOT })) {
  const copy = join(ROOT, "dist", file);
  await mkdir(dirname(copy), { recursive: true });
  await copyFile(join(ROOT, file), copy);
}
