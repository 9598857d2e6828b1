import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type Io, program, run } from "#shared/cli/program.js";
import { encodeToken } from "#shared/link/token.js";
import * as alias from "./alias.ts";
import * as check from "./check.ts";
import * as explain from "./explain.ts";
import * as joining from "./join.ts";
import * as person from "./person.ts";
import * as status from "./status.ts";
import * as trace from "./trace.ts";

/** For tests only: a folder for an office, and the spoke's commands run in it as from a command line. */

export const KEY = Buffer.alloc(32, 7);

export const TOKEN = encodeToken({
  domains: ["example.org", "example.net"],
  office: "herat",
  host: "herat.example.org",
  hub: "kabul.example.org",
  addresses: ["kabul.example.org:6209", "[2001:db8::1]:6209"],
  key: KEY.toString("base64url"),
});

export class TestOffice {
  readonly folder: string = mkdtempSync(join(tmpdir(), "spoke-commands-"));
  /** Not made yet. */
  readonly dir: string = join(this.folder, "spoke");

  async spoke(argv: string[], stdin = ""): Promise<{ exit: number; out: string; err: string }> {
    const said = { out: "", err: "" };
    const io: Io = {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      stdin: Readable.from([Buffer.from(stdin)]),
      tty: false,
      env: { QRELAY_DIR: this.dir },
    };
    const tree = program("spoke", "A field office");
    for (const command of [joining, person, alias, explain, status, trace, check]) command.register(tree, io);
    const exit = await run(tree, argv, io);
    return { exit, ...said };
  }

  /** The document of a command that succeeds. */
  async json(argv: string[], stdin = ""): Promise<Record<string, unknown>> {
    const { out, err, exit } = await this.spoke([...argv, "--json"], stdin);
    if (exit !== 0) throw new Error(`${exit}: ${err}`);
    return JSON.parse(out) as Record<string, unknown>;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
