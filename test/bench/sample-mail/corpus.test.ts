import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCorpus } from "./corpus.ts";

const HEAD = "From: Anna <anna@example.org>\nTo: Ben <ben@example.com>,\n\tcarl@example.com\n";
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "corpus-"));
  await writeFile(join(folder, "1.eml"), `${HEAD}\nHello\n`);
  await writeFile(join(folder, "2.eml"), `${HEAD}\n${"Hello\n".repeat(500)}`);
  await writeFile(join(folder, "3.eml"), `${HEAD}Content-Type: text/html\n\n<html>${"Hello\n".repeat(500)}</html>\n`);
  await writeFile(join(folder, "4.eml"), `${HEAD}\nContent-Disposition: attachment\n\n${"Hello\n".repeat(500)}`);
  await writeFile(join(folder, "notes.txt"), "no mail");
});

afterEach(() => rm(folder, { recursive: true }));

describe("a folder of mail", () => {
  it("is read with addresses from the header and classes from size and content", () => {
    const mail = readCorpus(folder);
    expect(new Set(mail.map((one) => one.class))).toEqual(new Set(["attachment", "html", "text", "tiny"]));
    expect(mail.length).toBe(4);
    for (const { sender, recipients } of mail) {
      expect(sender).toBe("anna@example.org");
      expect(recipients).toEqual(["ben@example.com", "carl@example.com"]);
    }
  });

  it("has the classes of its table where there is one", async () => {
    await writeFile(join(folder, "bench.tsv"), "file\tsource\tclass\n1.eml\ta\thtml20-60k\n2.eml\ta\tattach\n");
    const mail = readCorpus(folder);
    expect(mail.find(({ text }) => text.length < 200)?.class).toBe("html");
    expect(mail.filter((one) => one.class === "attachment").length).toBe(2);
  });

  it("comes in the same order for the same seed", () => {
    expect(readCorpus(folder, 5)).toEqual(readCorpus(folder, 5));
  });
});
