/** The hub's commands in this process, in a folder of its own, with all that they say. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Command } from "commander";
import { register as alias } from "#hub/commands/alias.js";
import type { MoveQueued } from "#hub/commands/change-person.js";
import { register as directory } from "#hub/commands/directory.js";
import { register as dns } from "#hub/commands/dns.js";
import { register as domain } from "#hub/commands/domain.js";
import { register as explain } from "#hub/commands/explain.js";
import { register as load } from "#hub/commands/import.js";
import { register as init } from "#hub/commands/init.js";
import { register as instructions } from "#hub/commands/instructions.js";
import { register as list } from "#hub/commands/list.js";
import { register as office } from "#hub/commands/office.js";
import { register as person } from "#hub/commands/person.js";
import { register as policy } from "#hub/commands/policy.js";
import { register as quota } from "#hub/commands/quota.js";
import { register as route } from "#hub/commands/route.js";
import { type Io, program, run } from "#shared/cli/program.js";

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class HubCommands {
  /** Holds `hub`, the node's folder, and whatever the test puts beside it. */
  readonly folder: string;
  /** What `person move` asked for. */
  readonly moves: string[] = [];
  moveQueued: MoveQueued = async (_hub, name, from, to) => this.moves.push(`${name} ${from} ${to}`);

  constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<HubCommands> {
    return new HubCommands(await mkdtemp(join(tmpdir(), "qrelay-hub-")));
  }

  get dir(): string {
    return join(this.folder, "hub");
  }

  async run(words: string[], stdin: string | undefined = ""): Promise<Said> {
    const said = { out: "", err: "" };
    const io: Io = {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      stdin: Readable.from([stdin]),
      tty: false,
      env: {},
    };
    const code = await run(this.#tree(io), [...words, "--dir", this.dir], io);
    return { code, ...said };
  }

  /** Must succeed; the document that it prints. */
  async json(...words: string[]): Promise<Record<string, unknown>> {
    const { code, out, err } = await this.run([...words, "--json"]);
    if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${err}`);
    return JSON.parse(out) as Record<string, unknown>;
  }

  async init(...more: string[]): Promise<void> {
    await this.json("init", "--domain", "example.org", "--office", "kabul", ...more);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  #tree(io: Io): Command {
    const tree = program("qrelay hub", "Headquarters");
    for (const register of [init, office, alias, list, instructions, domain, quota, route, policy, dns, load, explain])
      register(tree, io);
    const context = { moveQueued: (...asked: Parameters<MoveQueued>) => this.moveQueued(...asked) };
    for (const register of [person, directory]) register(tree, io, context);
    return tree;
  }
}
