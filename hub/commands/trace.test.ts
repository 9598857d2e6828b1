import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { newHubToml } from "#hub/config.js";
import { testHub } from "#hub/link/test-hub.js";
import { type Io, program, run } from "#shared/cli/program.js";
import { arrival, linked } from "#shared/queue/test-bench.js";
import { register } from "./trace.ts";

const ID = "ABCDEFGHIJKLMNOP";
const TEXT = "Message-ID: <1@herat.example.org>\n\nx\n";

async function traced(dir: string, ...words: string[]) {
  const said = { out: "", err: "" };
  const io: Io = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    stdin: Readable.from([]),
    tty: false,
    env: { QRELAY_DIR: dir },
  };
  const tree = program("hub", "The hub");
  register(tree, io);
  return { exit: await run(tree, ["trace", ...words], io), ...said };
}

/** A hub with mail from herat for three, as a command finds it beside the daemon. */
async function hubWithMail(): Promise<string> {
  const hub = await testHub();
  await writeFile(
    join(hub.config.dir, "hub.toml"),
    newHubToml({ domain: "example.org", office: "kabul", host: "hub.example.org" }),
  );
  const incoming = await arrival(linked(ID, TEXT), ["maria@example.org", "omid@example.org", "nobody@example.org"], {
    envelope: {
      sender: "ali@example.org",
      recipients: ["maria@example.org", "omid@example.org", "nobody@example.org"].map((address) => ({ address })),
    },
    once: true,
    origin: { relay: false, link: "herat" },
    peer: { from: "herat", with: "QMTPS" },
  });
  await hub.engine.accept(incoming);
  await hub.engine.sortNow();
  await hub.take("Message-ID: <2@example.org>\n\nx\n", ["maria@example.org"]);
  return hub.config.dir;
}

describe("hub trace", () => {
  it("tells what became of mail from an office", async () => {
    const { exit, out } = await traced(await hubWithMail(), "<1@herat.example.org>");
    expect(exit).toBe(0);
    expect(out.split("\n").map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "TIME"))).toEqual([
      `${ID}  from ali@example.org  <1@herat.example.org>`,
      "  TIME  taken from herat for maria@example.org, omid@example.org, nobody@example.org",
      expect.stringMatching(/^ {2}TIME {2}nobody@example\.org: refused at the door: .* \(5\.1\.1\)$/),
      "  TIME  maria@example.org: delivered to the mailbox maria",
      "  TIME  omid@mazar.example.org (for omid@example.org): waits in the queue office/mazar",
      "",
    ]);
  });

  it("is a document with --json, and exits 65 for mail that touched no office", async () => {
    const dir = await hubWithMail();
    const { out } = await traced(dir, "maria@example.org", "--json");
    expect(JSON.parse(out).mails.map(({ id }: { id: string }) => id)).toEqual([ID]);
    expect((await traced(dir, "2@example.org")).exit).toBe(65);
  });
});
