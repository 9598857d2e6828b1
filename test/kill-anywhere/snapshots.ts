/** Makes the folders that cases begin with: the star once with the real commands, then each snapshot once. */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { eventually, mailbox, makeStar, startSink } from "../support/star.ts";
import { PEOPLE } from "./letter.ts";
import { Site } from "./site.ts";
import { SNAPSHOTS } from "./steps.ts";

/** Everybody on this machine is the hub's own network here: letters may go anywhere. */
const RELAY = '[[smtp.rule]]\nfrom = "127.0.0.0/8"\nrelay = true\n\n[[qmtp.rule]]\nfrom = "127.0.0.0/8"\nrelay = true';

export class Snapshots {
  readonly #dir: string;
  readonly #made = new Map<string, Promise<string>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The folder of a snapshot. */
  get(name: keyof typeof SNAPSHOTS): Promise<string> {
    return this.#once(name, async () => {
      const base = await this.#once("base", (dir) => makeBase(dir));
      const dir = join(this.#dir, `snapshot-${name}`);
      const site = await Site.copy(base, dir);
      await thenStop(site, () => SNAPSHOTS[name](site));
      return dir;
    });
  }

  #once(name: string, make: (dir: string) => Promise<string>): Promise<string> {
    const made = this.#made.get(name) ?? make(join(this.#dir, name));
    this.#made.set(name, made);
    return made;
  }
}

/** A star whose spoke knows its people, and one message in each of the two first mailboxes. */
async function makeBase(dir: string): Promise<string> {
  const { dina: _comesLater, ...people } = PEOPLE;
  const sink = await startSink();
  const empty = `${dir}-empty`;
  await makeStar({ dir: empty, offices: ["herat"], people, sink, hubToml: RELAY });
  await sink.close();
  await rename(join(empty, "herat"), join(empty, "spoke"));
  const site = await Site.fresh(empty);
  await site.save();
  await thenStop(site, async () => {
    await Promise.all([site.start("hub"), site.start("spoke")]);
    await site.flush();
    await site.send("hub", "stranger@outside.example", "alice@example.org");
    await site.send("spoke", "alice@example.org", "bashir@example.org");
    await eventually(async () => (await mailbox(site.folder("spoke"), "bashir")).length);
  });
  return empty;
}

/** As an administrator would: with a drain, so that a snapshot is a node at rest. */
async function thenStop(site: Site, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    for (const node of [...site.nodes.values()]) await node.stop();
    await site.save();
  } finally {
    await site.close();
  }
}
