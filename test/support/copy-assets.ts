/** The build's second half: files that are read at run time and that the compiler does not copy. */
import { copyFile, glob, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

for await (const file of glob(["{hub,spoke}/**/*.sql", "shared/link/encoding/*.txt", "shared/io/*.cnf"], {
  cwd: ROOT,
})) {
  const copy = join(ROOT, "dist", file);
  await mkdir(dirname(copy), { recursive: true });
  await copyFile(join(ROOT, file), copy);
}
