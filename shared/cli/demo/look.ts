import { readdir, readFile } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import type { Found } from "./judge.ts";

/** Reads a node's disk as it is, without asking the node: what the demo claims must be there to see. */
export async function mailboxesOf(node: string, dir: string): Promise<Found[]> {
  const root = join(dir, "mailboxes");
  const files = await messages(root);
  return Promise.all(
    files.map(async (path) => ({
      where: `${node}/${path.slice(root.length + 1).split(sep)[0] ?? ""}`,
      text: await readFile(path),
    })),
  );
}

/** How many entries wait in all of a node's queues. */
export async function waitingAt(dir: string): Promise<number> {
  return (await messages(join(dir, "queue"))).length;
}

async function messages(root: string): Promise<string[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true });
  return all
    .filter((file) => file.isFile() && ["new", "cur"].includes(basename(file.parentPath)))
    .map((file) => join(file.parentPath, file.name));
}
