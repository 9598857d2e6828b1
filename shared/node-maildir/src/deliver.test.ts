import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { FakeDisk } from "../test-support/fake-disk.ts";
import { bytes, scratchMaildir } from "../test-support/scratch.ts";
import { NotAMessageError } from "./errors.ts";
import { Maildir } from "./maildir.ts";

describe("deliver", () => {
  it("puts a whole message into new/ and leaves nothing in tmp/", async () => {
    const maildir = await scratchMaildir();
    const { name, existed } = await maildir.deliver(bytes("Subject: one\n\nbody\n"));
    expect(existed).toBe(false);
    expect(await readFile(join(maildir.path, "new", name), "utf8")).toBe("Subject: one\n\nbody\n");
    expect(await readdir(join(maildir.path, "tmp"))).toEqual([]);
    expect((await stat(join(maildir.path, "new", name))).mode & 0o777).toBe(0o600);
  });

  it("stores byte for byte: no final newline, From at line start, bare CR, NUL, 8 bits", async () => {
    const maildir = await scratchMaildir();
    for (const text of ["From here\nFrom there", "a\rb\rc\r", "\0\xff\xfe\0", "", ">From x\n\n\n"]) {
      const { name } = await maildir.deliver([Buffer.from(text, "latin1")]);
      expect(await readFile(join(maildir.path, "new", name), "latin1")).toBe(text);
    }
  });

  it("takes an async source of many pieces larger than one write", async () => {
    const maildir = await scratchMaildir();
    const piece = Buffer.alloc(100_000, "x");
    const { name } = await maildir.deliver(repeat(piece, 7));
    expect((await stat(join(maildir.path, "new", name))).size).toBe(700_000);
  });

  it("removes the tmp file and passes the error on when the source fails", async () => {
    const maildir = await scratchMaildir();
    const broken = new Error("The peer hung up");
    await expect(maildir.deliver(repeat(Buffer.from("half"), 2, broken))).rejects.toBe(broken);
    expect(await readdir(join(maildir.path, "tmp"))).toEqual([]);
    expect(await maildir.list()).toEqual([]);
  });

  it("rejects with ENOENT when the maildir was never made", async () => {
    const maildir = new Maildir("/nonexistent/Maildir");
    await expect(maildir.deliver(bytes("x"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("loops over short writes", async () => {
    const disk = await fakeMaildir();
    const open = disk.open.bind(disk);
    disk.open = async (path, flags) => {
      const handle = await open(path, flags);
      return { ...handle, write: (data, offset, length) => handle.write(data, offset, Math.min(length, 3)) };
    };
    await new Maildir("/m", { fs: disk }).deliver(bytes("0123456789"), { name: "short" });
    expect(disk.text("/m/new/short")).toBe("0123456789");
  });

  it("writes the pieces of an array in one call", async () => {
    const disk = await fakeMaildir();
    const before = disk.calls.length;
    await new Maildir("/m", { fs: disk }).deliver([Buffer.from("a"), Buffer.from("b"), Buffer.from("c")]);
    expect(disk.calls.slice(before).map((call) => call.split(" ")[0])).toEqual([
      ...["open", "write", "sync", "close"],
      "rename",
      ...["open", "sync", "close"],
    ]);
  });
});

describe("deliver with a name", () => {
  it("writes nothing and reads nothing when new/ has the name", async () => {
    const maildir = await scratchMaildir();
    await maildir.deliver(bytes("first"), { name: "mail-1" });
    const source = repeat(Buffer.from("second"), 1);
    expect(await maildir.deliver(source, { name: "mail-1" })).toEqual({ name: "mail-1", existed: true });
    expect(await readFile(join(maildir.path, "new", "mail-1"), "utf8")).toBe("first");
    expect((await source.next()).done).toBe(false);
  });

  it("keeps one whole message when two deliver the same name at once", async () => {
    const maildir = await scratchMaildir();
    const twins = await Promise.all([1, 2, 3].map(() => maildir.deliver(bytes("same"), { name: "twin" })));
    expect(twins.map(({ existed }) => existed).sort()).toEqual([false, true, true]);
    expect(await readdir(join(maildir.path, "new"))).toEqual(["twin"]);
    expect(await readdir(join(maildir.path, "tmp"))).toEqual([]);
  });

  it("never puts an older version back over one that was replaced", async () => {
    const maildir = await scratchMaildir();
    const draft = await maildir.draft(bytes("old"), "entry");
    await maildir.deliver(bytes("newer"), { name: "entry" });
    await draft.commit();
    expect(draft.existed).toBe(true);
    expect(await readFile(join(maildir.path, "new", "entry"), "utf8")).toBe("newer");
  });

  it("is not stopped by a leftover of that name in tmp/", async () => {
    const maildir = await scratchMaildir();
    await writeFile(join(maildir.path, "tmp", "mail-2"), "half of");
    expect(await maildir.deliver(bytes("whole"), { name: "mail-2" })).toEqual({ name: "mail-2", existed: false });
    expect(await readFile(join(maildir.path, "new", "mail-2"), "utf8")).toBe("whole");
  });

  it("looks in cur/ with any flags only for a repeat", async () => {
    const maildir = await scratchMaildir();
    await maildir.deliver(bytes("x"), { name: "seen" });
    await rename(join(maildir.path, "new/seen"), join(maildir.path, "cur/seen:2,FS"));
    expect(await maildir.deliver(bytes("x"), { name: "seen", repeat: true })).toMatchObject({ existed: true });
    expect(await maildir.deliver(bytes("x"), { name: "seen" })).toMatchObject({ existed: false });
  });

  it("syncs before it says that the message exists", async () => {
    const disk = await fakeMaildir();
    const maildir = new Maildir("/m", { fs: disk });
    disk.failNext(8, "EIO"); // lstat open write sync close link, then open and sync of new/
    await expect(maildir.deliver(bytes("x"), { name: "again" })).rejects.toMatchObject({ code: "EIO" });
    expect(disk.crash("lost").names("/m/new")).toEqual([]);
    expect(await maildir.deliver(bytes("x"), { name: "again" })).toEqual({ name: "again", existed: true });
    expect(disk.crash("lost").names("/m/new")).toEqual(["again"]);
  });

  it("refuses to take a directory of that name for the message", async () => {
    const maildir = await scratchMaildir();
    await mkdir(join(maildir.path, "new", "planted"));
    await expect(maildir.deliver(bytes("x"), { name: "planted" })).rejects.toThrow(NotAMessageError);
  });

  it.each(["", ".hidden", "..", "a/b", "/etc/passwd", "a:2,S", "a\0b", "x".repeat(201), "é".repeat(101)])(
    "refuses the name %j",
    async (name) => {
      const maildir = await scratchMaildir();
      await expect(maildir.deliver(bytes("x"), { name })).rejects.toThrow(TypeError);
      await expect(maildir.draft(bytes("x"), name)).rejects.toThrow(/^Cannot use the message name ".*": it /);
      expect(await readdir(join(maildir.path, "tmp"))).toEqual([]);
    },
  );
});

describe("many deliveries", () => {
  it("share directory fsyncs, and each is durable when it is acknowledged", async () => {
    const disk = await fakeMaildir();
    const maildir = new Maildir("/m", { fs: disk });
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        for (let turn = 0; turn < index % 7; turn++) await Promise.resolve();
        const { name } = await maildir.deliver(bytes(`message ${index}`));
        expect(disk.crash("lost").text(`/m/new/${name}`)).toBe(`message ${index}`);
      }),
    );
    expect(disk.calls.filter((call) => call === "sync /m/new").length).toBeLessThan(20);
  });

  it("by two processes at once are all there under unique names", async () => {
    const maildir = await scratchMaildir();
    const program = join(import.meta.dirname, "../test-support/deliver-many.ts");
    const deliver = (label: string) => promisify(execFile)(process.execPath, [program, maildir.path, "2000", label]);
    const results = await Promise.all([deliver("left"), deliver("right")]);
    expect(results.map(({ stdout }) => stdout)).toEqual(["2000\n", "2000\n"]);
    const names = await readdir(join(maildir.path, "new"));
    const texts = await Promise.all(names.map((name) => readFile(join(maildir.path, "new", name), "utf8")));
    expect(new Set(texts).size).toBe(4000);
    expect(await readdir(join(maildir.path, "tmp"))).toEqual([]);
  });
});

async function fakeMaildir(): Promise<FakeDisk> {
  const disk = new FakeDisk();
  await new Maildir("/m", { fs: disk }).create();
  return disk;
}

async function* repeat(piece: Uint8Array, times: number, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < times; count++) yield piece;
  if (failure !== undefined) throw failure;
}
