/**
 * A star for a whole test file: made and started before its tests, stopped and judged after them. Its folder goes
 * away when all passed; when one failed the folder stays, with every log in it, and its path is printed.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { FlushReport } from "#spoke/flush.js";
import {
  eventually,
  flush,
  mailbox,
  makeStar,
  type NodeProcess,
  queued,
  type Star,
  type StarOptions,
  type StartOptions,
  type StoredMessage,
  type SubmitReply,
  startNode,
  submit,
} from "../support/star.ts";
import { logProblems } from "./log-lines.ts";

/** Making a star takes a command of half a second for each office and person; a busy machine gets this. */
const MAKE_MS = 120_000;

export interface SceneOptions extends Omit<StarOptions, "dir" | "offices" | "people"> {
  readonly offices?: readonly string[];
  readonly people?: Readonly<Record<string, string>>;
  /** Which nodes run from the beginning; all when absent. */
  readonly running?: readonly string[];
  /** More to do between making the star and starting it. */
  readonly prepare?: (star: Star) => Promise<unknown>;
}

/** A folder for the tests of this file, kept when one of them failed. */
export function useFolder(atEnd: (folder: string, failed: boolean) => Promise<void> = async () => undefined): {
  readonly path: string;
} {
  const folder = { path: "" };
  let failed = false;
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), "qrelay-e2e-"));
  });
  afterEach(({ task }) => {
    failed ||= task.result?.state === "fail";
  });
  afterAll(async () => {
    try {
      await atEnd(folder.path, failed);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      if (failed) process.stderr.write(`Kept for a look: ${folder.path}\n`);
      else await rm(folder.path, { recursive: true, force: true });
    }
  }, MAKE_MS);
  return folder;
}

export function useStar(options: SceneOptions): Scene {
  const scene = new Scene();
  const folder = useFolder((path, failed) => scene.end(path, failed));
  beforeAll(() => scene.begin(folder.path, options), MAKE_MS);
  return scene;
}

export class Scene {
  star!: Star;
  dir = "";
  readonly #nodes = new Map<string, NodeProcess>();
  readonly #ran: NodeProcess[] = [];

  async begin(dir: string, options: SceneOptions): Promise<void> {
    const { offices = [], people = {}, running = ["hub", ...offices], prepare, ...rest } = options;
    this.dir = dir;
    this.star = await makeStar({ ...rest, dir, offices, people });
    await prepare?.(this.star);
    await Promise.all(running.map((name) => this.start(name)));
  }

  /** Every node must end on SIGTERM with 0, and must have logged nothing that LOG.md does not explain. */
  async end(dir: string, failed: boolean): Promise<void> {
    const codes = await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
    await this.star?.sink?.close();
    for (const [index, { kind, log }] of this.#ran.entries())
      if (failed) await writeFile(join(dir, `${index}-${kind}.log`), log.join("\n"));
    expect(codes).toEqual(codes.map(() => 0));
    expect(this.#ran.flatMap(({ log }) => logProblems(log))).toEqual([]);
  }

  async start(name: string, options?: StartOptions): Promise<NodeProcess> {
    const node = await startNode(name === "hub" ? "hub" : "spoke", this.folder(name), options);
    this.#nodes.set(name, node);
    this.#ran.push(node);
    return node;
  }

  /** SIGTERM, and its exit code. */
  async stop(name: string): Promise<number | NodeJS.Signals> {
    const node = this.node(name);
    this.#nodes.delete(name);
    return node.stop();
  }

  async restart(name: string): Promise<NodeProcess> {
    await this.stop(name);
    return this.start(name);
  }

  node(name: string): NodeProcess {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`${name} does not run`);
    return node;
  }

  get hub(): NodeProcess {
    return this.node("hub");
  }

  folder(name: string): string {
    return name === "hub" ? this.star.hub : this.star.spoke(name);
  }

  /** One message over SMTP to the node's port for strangers and relay clients. */
  send(name: string, from: string, to: string | readonly string[], text: string): Promise<SubmitReply> {
    return submit(this.node(name).port("smtp"), from, [to].flat(), text);
  }

  /** One window of an office to the hub. */
  flush(office: string): Promise<FlushReport> {
    return flush(this.folder(office), this.hub.port("link"));
  }

  mailbox(name: string, person: string): Promise<StoredMessage[]> {
    return mailbox(this.folder(name), person);
  }

  queued(name: string, queue: string): Promise<StoredMessage[]> {
    return queued(this.folder(name), queue);
  }

  /** The messages in a mailbox whose text holds `mark`, once there are `count` of them. */
  arrived(name: string, person: string, mark: string, count = 1): Promise<StoredMessage[]> {
    return eventually(
      async () => {
        const found = (await this.mailbox(name, person)).filter((message) => holds(message, mark));
        return found.length >= count && found;
      },
      15_000,
      `${count} × "${mark}" for ${person} at ${name}`,
    );
  }

  /** How many messages with `mark` wait in a queue or lie in a mailbox of a node. */
  async count(name: string, place: { queue: string } | { person: string }, mark: string): Promise<number> {
    const all = "queue" in place ? await this.queued(name, place.queue) : await this.mailbox(name, place.person);
    return all.filter((message) => holds(message, mark)).length;
  }

  waiting(name: string, queue: string, mark: string, count = 1): Promise<StoredMessage[]> {
    return eventually(
      async () => {
        const found = (await this.queued(name, queue)).filter((message) => holds(message, mark));
        return found.length >= count && found;
      },
      15_000,
      `${count} × "${mark}" in ${queue} at ${name}`,
    );
  }
}

function holds({ head, body }: StoredMessage, mark: string): boolean {
  return head.includes(mark) || body.includes(mark);
}

/** A short message that `arrived` and `count` find by its subject. */
export function letter(mark: string, from = "somebody@outside.example", to = "somebody@example.org"): string {
  return `From: ${from}\nTo: ${to}\nSubject: ${mark}\n\nThe text of ${mark}.\n`;
}
