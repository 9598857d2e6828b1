// What this machine's disk gives to bare calls: write, fsync, close, rename, directory fsync, in the process model of the
// hub (promises over node's threads) or, as "naive", one after another in synchronous calls. One JSON argument, a
// CeilingOrder; one JSON line on stdout, a LoadResult.
import { closeSync, constants, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { makeMessage } from "./message.ts";
import { Tally } from "./order.ts";

export interface CeilingOrder {
  /** A folder to make and to leave behind, on the disk of the queue. */
  readonly dir: string;
  readonly way: "threads" | "naive";
  /** Messages written at once. */
  readonly concurrency: number;
  readonly seconds: number;
  readonly bytes: number;
}

const order = JSON.parse(process.argv[2] ?? "{}") as CeilingOrder;
const tmp = join(order.dir, "tmp");
const kept = join(order.dir, "new");
const message = makeMessage(order.bytes);

for (const path of [tmp, kept]) await mkdir(path, { recursive: true });
const tally = new Tally(order.seconds);
if (order.way === "naive") naive();
else await Promise.all(Array.from({ length: order.concurrency }, (_, index) => writer(index)));
process.stdout.write(`${JSON.stringify(tally.result())}\n`);

async function writer(index: number): Promise<void> {
  for (let count = 0; !tally.over; count++) {
    const name = `${index}-${count}`;
    const file = await open(join(tmp, name), "wx", 0o600);
    await file.write(message);
    await file.sync();
    await file.close();
    await rename(join(tmp, name), join(kept, name));
    const directory = await open(kept, constants.O_RDONLY | constants.O_DIRECTORY);
    await directory.sync();
    await directory.close();
    tally.count(true, "");
  }
}

function naive(): void {
  for (let count = 0; !tally.over; count++) {
    const name = `${count}`;
    const file = openSync(join(tmp, name), "wx", 0o600);
    writeSync(file, message);
    fsyncSync(file);
    closeSync(file);
    renameSync(join(tmp, name), join(kept, name));
    const directory = openSync(kept, constants.O_RDONLY | constants.O_DIRECTORY);
    fsyncSync(directory);
    closeSync(directory);
    tally.count(true, "");
  }
}
