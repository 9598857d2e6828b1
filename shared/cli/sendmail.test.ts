import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Envelope } from "#shared/mail/envelope.js";
import { Store } from "#shared/queue/store.js";
import { startSmtpServer } from "#shared/smtp/server.js";
import { refuse, type SmtpServerHandle } from "#shared/smtp/types.js";
import { type Io, program, run } from "./program.ts";
import { register } from "./sendmail.ts";

const HOST = "herat.example.org";

let dir: string;
let server: SmtpServerHandle | undefined;
const kept: { envelope: Envelope; text: string }[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-sendmail-"));
  kept.length = 0;
});

afterEach(async () => {
  await server?.close(0);
  server = undefined;
  await chmod(dir, 0o700);
  await rm(dir, { recursive: true, force: true });
});

async function configure(smtp: string, more = ""): Promise<void> {
  const text = `domains = ["example.org"]\nhost = "${HOST}"\n${more}\n[smtp]\nlisten = "${smtp}"\n`;
  await writeFile(join(dir, "spoke.toml"), text);
}

/** A node that takes people of its own and refuses the rest as a hub does. */
async function serve(): Promise<void> {
  server = await startSmtpServer(
    { host: "127.0.0.1", port: 0, name: HOST, kind: "smtp", maxMessage: 26_000_000, log: () => undefined },
    {
      connect: () => ({ allow: true, relay: true }),
      sender: async () => ({ ok: true }),
      recipient: async (_client, _sender, recipient) => {
        if (recipient.startsWith("nobody@")) return refuse(550, "5.1.1", "Nobody here has the name");
        return recipient.endsWith("example.org") ? { ok: true } : refuse(550, "5.7.1", "relaying denied");
      },
      message: async (_client, envelope, message) => {
        let text = "";
        for await (const piece of message) text += Buffer.from(piece).toString("latin1");
        kept.push({ envelope, text });
        return { ok: true };
      },
    },
  );
  await configure(`127.0.0.1:${server.port}`);
}

async function sendmail(input: string | Uint8Array | Readable, ...words: string[]) {
  const said = { out: "", err: "" };
  const io: Io = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    stdin: input instanceof Readable ? input : Readable.from([input]),
    tty: false,
    env: { QRELAY_DIR: dir, LOGNAME: "cron" },
  };
  const tree = program("qrelay", "test");
  register(tree, io);
  return { code: await run(tree, ["sendmail", ...words], io), ...said };
}

async function sorting() {
  const queue = new Store(dir, HOST).sorting;
  await queue.create();
  const found: { head: unknown; text: string }[] = [];
  for (const entry of await queue.list()) {
    const open = await queue.open(entry);
    if (open === undefined) continue;
    let text = "";
    for await (const piece of open.message()) text += Buffer.from(piece).toString("latin1");
    found.push({ head: open.head, text });
    await open.close();
  }
  return found;
}

describe("sendmail with the node up", () => {
  beforeEach(serve);

  it("hands the message to smtp.listen, bare names at this node", async () => {
    expect(await sendmail("Subject: x\n\nhello\n.\nnot this\n", "root")).toEqual({ code: 0, out: "", err: "" });
    const [message] = kept;
    expect(message?.envelope).toMatchObject({ sender: `cron@${HOST}`, recipients: [{ address: `root@${HOST}` }] });
    expect(message?.text).toMatch(
      /^Subject: x\nFrom: cron@herat\.example\.org\nDate: .*\nMessage-ID: <[a-z2-7]{16}@example\.org>\n\nhello\n$/,
    );
    expect(await sorting()).toEqual([]);
  });

  it("takes recipients of -t and hides Bcc", async () => {
    const text = "From: a@example.org\nTo: b@example.org\nBcc: c@example.org\n\n.\n";
    expect((await sendmail(text, "-t", "-oi", "-f", "")).code).toBe(0);
    const [message] = kept;
    expect(message?.envelope).toMatchObject({
      sender: "",
      recipients: [{ address: "b@example.org" }, { address: "c@example.org" }],
    });
    expect(message?.text).toMatch(/^From: a@example\.org\nTo: b@example\.org\nDate: .*\nMessage-ID: .*\n\n\.\n$/);
  });

  it("passes on 8-bit bytes as they are", async () => {
    const bytes = Buffer.from(
      Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte !== 13 && byte !== 10),
    );
    expect((await sendmail(Buffer.concat([Buffer.from("S: x\n\n"), bytes]), "root")).code).toBe(0);
    expect(kept[0]?.text.endsWith(`\n\n${bytes.toString("latin1")}\n`)).toBe(true);
  });

  it("says the server's words: 77 for relaying, 65 for nobody, and who has it all the same", async () => {
    const relayed = await sendmail("x\n", "user@elsewhere.example");
    expect(relayed).toMatchObject({ code: 77, err: expect.stringContaining("relaying denied") });
    const some = await sendmail("x\n", "nobody", "root");
    expect(some).toMatchObject({ code: 65, err: expect.stringContaining("Nobody here has the name") });
    expect(some.err).toContain("1 other recipients have it");
    expect(kept).toHaveLength(1);
  });

  it("refuses a NUL with the server's words and sends nothing", async () => {
    expect((await sendmail("Subject: x\n\na\0b\n", "root")).code).toBe(65);
    expect(kept).toEqual([]);
    expect(await sorting()).toEqual([]);
  });

  it("carries 20 MB", async () => {
    const piece = Buffer.from(`${"x".repeat(79)}\n`.repeat(1000));
    const input = Readable.from(Array.from({ length: 250 }, () => piece));
    expect((await sendmail(input, "root")).code).toBe(0);
    expect(kept[0]?.text.length).toBeGreaterThan(20_000_000);
  });
});

describe("sendmail with nobody there", () => {
  beforeEach(() => configure("127.0.0.1:1", '[limits]\nmessage = "100k"'));

  it("writes an entry that the node will sort, with a Received line on top", async () => {
    expect(await sendmail("Subject: x\n\nhello\n", "-N", "never", "root", "holly@example.org")).toMatchObject({
      code: 0,
    });
    const [entry, more] = await sorting();
    expect(more).toBeUndefined();
    expect(entry?.head).toMatchObject({
      envelope: {
        sender: `cron@${HOST}`,
        recipients: [{ address: `root@${HOST}`, notify: "NEVER" }, { address: "holly@example.org" }],
      },
      fields: {},
    });
    expect(entry?.text).toMatch(
      /^Received: from local\n {2}by herat\.example\.org with local id [A-Z2-7]{16}; .*\nSubject: x\n/,
    );
    expect(entry?.text).toMatch(/\n\nhello\n$/);
  });

  it("says with --json where it is", async () => {
    const { out } = await sendmail("x\n", "root", "--json");
    expect(JSON.parse(out)).toMatchObject({ to: [`root@${HOST}`], at: join(dir, "queue", "sorting") });
  });

  it("does the same when SMTP is off", async () => {
    await writeFile(join(dir, "spoke.toml"), `host = "${HOST}"\nsmtp.listen = "off"\n`);
    expect((await sendmail("x\n", "root")).code).toBe(0);
    expect(await sorting()).toHaveLength(1);
  });

  it("refuses what no server would take: NUL, too large, no address", async () => {
    expect(await sendmail("a\0b\n", "root")).toMatchObject({ code: 65, err: expect.stringContaining("NUL") });
    const large = Readable.from(Array.from({ length: 200 }, () => Buffer.alloc(1000, "x\n")));
    expect(await sendmail(large, "root")).toMatchObject({
      code: 65,
      err: expect.stringContaining("larger than 100000"),
    });
    expect(await sendmail("Subject: x\n\n", "-t")).toMatchObject({
      code: 65,
      err: expect.stringContaining("no recipient"),
    });
    expect(await sendmail("x\n", "a@b c")).toMatchObject({ code: 65 });
    expect(await sorting()).toEqual([]);
  });

  it("exits 75 when the queue cannot be written", async () => {
    await writeFile(join(dir, "queue"), "in the way");
    expect(await sendmail("x\n", "root")).toMatchObject({
      code: 75,
      err: expect.stringContaining("Nobody answers at 127.0.0.1 port 1"),
    });
  });

  it("exits 64 without recipients and 78 without a node", async () => {
    expect((await sendmail("x\n", "-i")).code).toBe(64);
    expect((await sendmail("x\n", "root", "--dir", join(dir, "nothing"))).code).toBe(78);
    await writeFile(join(dir, "spoke.toml"), "host = ");
    expect(await sendmail("x\n", "root")).toMatchObject({ code: 78, err: expect.stringContaining("qrelay check") });
  });
});

describe("sendmail from a shell", () => {
  it("takes what a mail program pipes into it", async () => {
    await configure("127.0.0.1:1");
    const guard = join(import.meta.dirname, "../../qrelay.cjs");
    const script = 'printf "Subject: backup\\n\\ndone\\n" | "$1" "$2" sendmail -i -FBackup -oem -- root';
    await promisify(execFile)("sh", ["-c", script, "sh", process.execPath, guard], {
      env: { ...process.env, QRELAY_DIR: dir, LOGNAME: "backup" },
    });
    const [entry] = await sorting();
    expect(entry?.text).toContain(`From: Backup <backup@${HOST}>`);
  });
});
