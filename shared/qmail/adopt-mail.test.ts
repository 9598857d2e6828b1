import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deferred, delivered, type Outcome } from "#shared/mail/outcome.js";
import type { Accept } from "#shared/queue/accept.js";
import { Store } from "#shared/queue/store.js";
import { qmailLetter } from "../../test/support/qmail-star.ts";
import { adoptMail, type Door, takeMaildir, waitingIn } from "./adopt-mail.ts";

let folder: string;
let maildir: string;
/** What came through the door: `RECIPIENT FIRST-LINE`, with the id. */
let came: { recipient: string; sender: string; id: string | undefined; begins: string; refusals: string }[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "qrelay-adopt-"));
  maildir = join(folder, "Maildir");
  for (const box of ["tmp", "new", "cur"]) await mkdir(join(maildir, box), { recursive: true });
  came = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function door(answer: (recipient: string) => Outcome): Door {
  const accept: Accept = async ({ envelope, spool, mailId, refusals }) => {
    const recipient = envelope.recipients[0]?.address ?? "";
    const pieces: Uint8Array[] = [];
    for await (const piece of spool.chunks()) pieces.push(piece);
    const begins = Buffer.concat(pieces).toString().split("\n")[0] ?? "";
    came.push({ recipient, sender: envelope.sender, id: mailId, begins, refusals });
    return { mailId: mailId ?? "", outcomes: [answer(recipient)] };
  };
  return { accept, store: new Store(folder, "here.example.org") };
}

async function plant(names: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(names)) await writeFile(join(maildir, name), text);
}

const left = async () => [...(await readdir(join(maildir, "new"))), ...(await readdir(join(maildir, "cur")))];
const at = { file: "f", line: 1, text: "" };
const BOTH = ["qrelay-", "qrelay-herat-"];

describe("adoptMail", () => {
  it("takes the longest prefix off each recipient, brings the message as it was, and removes the file", async () => {
    await plant({
      "new/1.1.k": qmailLetter("qrelay-joe@far.example", "a", "a b@x.example"),
      "cur/2.2.k:2,S": qmailLetter("qrelay-herat-holly@herat.example.org"),
    });
    const waiting = BOTH.map((prefix) => ({ at, maildir, prefix }));
    const done = await adoptMail(
      maildir,
      waiting,
      door(() => delivered("ok")),
    );
    expect(done).toEqual({ maildir, taken: 2, left: [] });
    expect(came.map(({ recipient }) => recipient)).toEqual(["joe@far.example", "holly@herat.example.org"]);
    expect(came[0]).toMatchObject({
      sender: "a b@x.example",
      begins: expect.stringMatching(/^Received: \(qmail 4711/),
    });
    expect(await left()).toEqual([]);
  });

  it("leaves what is deferred where it is, and never tries it with a shorter prefix", async () => {
    await plant({ "new/1.1.k": qmailLetter("qrelay-herat-holly@herat.example.org") });
    const waiting = BOTH.map((prefix) => ({ at, maildir, prefix }));
    const full = await adoptMail(
      maildir,
      waiting,
      door(() => deferred("4.3.1", "the disk is full")),
    );
    expect(full).toEqual({ maildir, taken: 0, left: ["1.1.k: the disk is full"] });
    expect(came.map(({ recipient }) => recipient)).toEqual(["holly@herat.example.org"]);
    expect(await left()).toEqual(["1.1.k"]);
  });

  it("brings a file under the same id every time", async () => {
    await plant({ "new/1.1.k": qmailLetter("qrelay-joe@far.example") });
    await takeMaildir(
      maildir,
      { prefixes: BOTH, keep: true },
      door(() => delivered("ok")),
    );
    await plant({ "cur/1.1.k:2,S": qmailLetter("qrelay-joe@far.example") });
    await rm(join(maildir, "new/1.1.k"));
    await takeMaildir(
      maildir,
      { prefixes: BOTH, keep: true },
      door(() => delivered("ok")),
    );
    expect(came[0]?.id).toMatch(/^[A-Z2-7]{16}$/);
    expect(came[1]?.id).toBe(came[0]?.id);
    // Of a copy that nobody takes no sender hears.
    expect(came.map(({ refusals }) => refusals)).toEqual(["answer", "answer"]);
    expect(await left()).toEqual(["1.1.k:2,S"]);
  });

  it("leaves and tells what is for somebody else, and what is no letter", async () => {
    await plant({ "new/1.1.k": qmailLetter("other-joe@far.example"), "new/2.2.k": "no envelope\n", "new/3.3.k": "" });
    const done = await takeMaildir(
      maildir,
      { prefixes: BOTH },
      door(() => delivered("ok")),
    );
    expect(done).toMatchObject({
      taken: 0,
      left: [
        expect.stringMatching(
          /^1\.1\.k: its recipient "other-joe@far\.example" does not begin with qrelay- or qrelay-herat-/,
        ),
        expect.stringContaining("2.2.k"),
        expect.stringContaining("3.3.k"),
      ],
    });
    expect(came).toEqual([]);
    expect(await left()).toHaveLength(3);
  });

  it("finds nothing where there is no Maildir", async () => {
    const store = new Store(folder, "here.example.org");
    expect(await waitingIn(join(folder, "none"), store)).toBe(0);
    expect(
      await takeMaildir(
        join(folder, "none"),
        { prefixes: [""] },
        door(() => delivered("ok")),
      ),
    ).toMatchObject({ taken: 0 });
  });
});
