import type { MaildirFs } from "node-maildir";
import { FakeDisk } from "#shared/node-maildir/test-support/fake-disk.js";
import { recoverMemory } from "./recover.ts";
import { settle } from "./settle.ts";
import { sortEntry } from "./sorter.ts";
import { arrival, Bench, DIR, LINK, linked, QUEUES } from "./test-bench.ts";
import { TestMemory } from "./test-memory.ts";

/**
 * For tests: an hour in the life of a node on a disk that fails or loses power, and the check of what it
 * promised. The checker knows only texts and answers, nothing of how the queue does its work.
 */
export interface Fault {
  readonly at: number;
  readonly code: string;
}

interface Mail {
  readonly title: string;
  readonly to: readonly string[];
  /** The places where each must end. */
  readonly places: readonly string[];
  /** Comes over the link, under this id. */
  readonly id?: string;
}

const MARIA = `${DIR}/mailboxes/maria/Maildir`;
const HERAT = `${DIR}/queue/office/herat`;
const BOTH = ["maria@example.org", "holly@herat.example.org"];
const MAIL: readonly Mail[] = [
  { title: "direct", to: ["holly@herat.example.org"], places: [HERAT] },
  { title: "two places", to: BOTH, places: [MARIA, HERAT] },
  { title: "link mailbox", to: ["maria@example.org"], places: [MARIA], id: "A".repeat(16) },
  { title: "link list", to: ["all@example.org"], places: [MARIA, HERAT], id: "B".repeat(16) },
  { title: "link queue", to: ["holly@herat.example.org"], places: [HERAT], id: "C".repeat(16) },
];

/** The part that comes over the link, or the part that comes by SMTP, or all. */
export type Part = "all" | "link" | "smtp";

export class Accident {
  readonly disk: FakeDisk;
  readonly memory = new TestMemory();
  readonly #fs: MaildirFs;
  readonly #mail: readonly Mail[];
  /** Answered "delivered" at least once. */
  readonly promised = new Set<string>();
  readonly #fault: Fault | undefined;
  #ready = 0;
  #now = 0;

  constructor(part: Part, fault?: Fault, wrap: (disk: FakeDisk) => MaildirFs = (disk) => disk) {
    this.disk = new FakeDisk();
    this.#fs = wrap(this.disk);
    this.#mail = MAIL.filter(({ id }) => part === "all" || (part === "link") === (id !== undefined));
    this.#fault = fault;
    // A process without power writes no rows either.
    this.memory.off = () => this.#fault?.code === "POWER" && this.disk.calls.length >= this.#ready + this.#fault.at;
  }

  /** The disk is gone (unplugged, read-only), the process and its database go on. */
  keepMemory(): this {
    this.memory.off = () => false;
    return this;
  }

  /** Calls of the disk during the hour. */
  get calls(): readonly string[] {
    return this.disk.calls.slice(this.#ready);
  }

  /** Everything arrives, two at once, and is sorted. Never throws for what the disk does. */
  async run(): Promise<this> {
    const bench = await Bench.make({ disk: this.disk, fs: this.#fs, memory: this.memory });
    this.#ready = this.disk.calls.length;
    if (this.#fault !== undefined) this.disk.failNext(this.#fault.at, this.#fault.code);
    await Promise.all(this.#mail.slice(0, 2).map((mail) => this.#arrive(bench, mail)));
    await sortAll(bench);
    for (const mail of this.#mail.slice(2)) await this.#arrive(bench, mail);
    await sortAll(bench);
    this.#now = bench.now;
    return this;
  }

  /**
   * The node starts again on `disk`, senders repeat what they must: by SMTP what was not taken, over the link
   * everything, for the answers may be lost. Then the sorter works until nothing is left.
   * @returns every broken promise in words
   */
  async broken(disk: FakeDisk, crashed: boolean): Promise<string[]> {
    const memory = this.memory.copy();
    const bench = new Bench({ disk, memory });
    bench.now = this.#now + 3_600_000;
    await bench.create();
    if (crashed) await recoverMemory(memory, recoveryOn(disk));
    const answers = new Map<string, boolean>();
    for (const mail of this.#mail) {
      const repeat = mail.id !== undefined || !this.promised.has(mail.title);
      answers.set(mail.title, repeat ? await this.#put(bench, mail) : true);
    }
    await sortAll(bench);
    const unanswered = [...answers].filter(([, taken]) => !taken).map(([title]) => `${title}: not taken at the repeat`);
    return [...unanswered, ...this.#mail.flatMap((mail) => judge(disk, mail)), ...torn(disk)];
  }

  async #arrive(bench: Bench, mail: Mail): Promise<void> {
    if (await this.#put(bench, mail)) this.promised.add(mail.title);
  }

  async #put(bench: Bench, { title, to, id }: Mail): Promise<boolean> {
    const text = textOf(title);
    const came = id === undefined ? await arrival(text, to) : await arrival(linked(id, text), to, LINK);
    try {
      const { outcomes } = await bench.accept(came);
      return outcomes.every(({ kind }) => kind === "delivered");
    } catch {
      return false; // the connection breaks: no answer
    }
  }
}

/** What the runner does with queue/sorting, once over all that is there, three times. */
async function sortAll(bench: Bench): Promise<void> {
  for (let pass = 0; pass < 3; pass += 1) {
    const queue = bench.store.sorting;
    for (const entry of await queue.list().catch(() => [])) {
      try {
        const open = await queue.open(entry);
        if (open === undefined) continue;
        const { outcomes, head } = await sortEntry(bench.context, open);
        await settle(bench.settleContext(), queue, open, outcomes, head);
        await open.close();
      } catch {
        // The disk's doing: the runner would log it and try again later, as the next pass does.
      }
    }
  }
}

function judge(disk: FakeDisk, { title, places, id }: Mail): string[] {
  return places.flatMap((place) => {
    const count = textsIn(disk, place).filter((text) => text.includes(textOf(title))).length;
    if (count === 0) return [`${title}: lost at ${place}`];
    return count > 1 && id !== undefined ? [`${title}: ${count} times at ${place}`] : [];
  });
}

function torn(disk: FakeDisk): string[] {
  const folders = [MARIA, ...QUEUES.map((name) => `${DIR}/queue/${name}`)];
  const files = folders.flatMap((folder) => textsIn(disk, folder));
  return files
    .filter((text) => !/^Return-Path: .*\nSubject: ([^\n]+)\n\nThis is \1, whole\.\n$/s.test(text))
    .map((text) => `torn: ${text}`);
}

function textsIn(disk: FakeDisk, maildir: string): string[] {
  return ["new", "cur"].flatMap((folder) =>
    disk.names(`${maildir}/${folder}`).map((name) => disk.text(`${maildir}/${folder}/${name}`) ?? ""),
  );
}

function textOf(title: string): string {
  return `Subject: ${title}\n\nThis is ${title}, whole.\n`;
}

/** Texts are all different, so a file with a second name is one whose text stands in new/ too. */
function recoveryOn(disk: FakeDisk) {
  return {
    names: async (path: string) => {
      const text = disk.text(path);
      if (text === undefined) return 0;
      return textsIn(disk, path.slice(0, path.lastIndexOf("/tmp/"))).includes(text) ? 2 : 1;
    },
    unlink: (path: string) => disk.unlink(path),
    syncNames: async (folder: string) => {
      const handle = await disk.open(folder, 0);
      await handle.sync();
      await handle.close();
    },
  };
}
