import { describe, expect, it } from "vitest";
import { failed } from "#shared/mail/outcome.js";
import { recoverMemory } from "./recover.ts";
import { settle } from "./settle.ts";
import { arrival, Bench, DIR } from "./test-bench.ts";
import { TestMemory } from "./test-memory.ts";

const NOBODY = failed("5.1.1", "550 no such user");
const TEXT = "Subject: Seeds\n\nbody\n";

/** A message to the Internet waits; its sender is `sender`. */
async function waiting(sender: string, memory = new TestMemory()): Promise<Bench> {
  const bench = await Bench.make({ memory });
  await bench.accept(
    await arrival(TEXT, ["x@far.example"], { envelope: { sender, recipients: [{ address: "x@far.example" }] } }),
  );
  return bench;
}

/** What settling does until the entry would be removed: then the node dies. */
async function reported(bench: Bench): Promise<void> {
  const open = await bench.oldest("internet");
  const dying = {
    ...bench.store.queue("internet"),
    name: "internet",
    remove: () => Promise.reject(new Error("killed")),
  };
  await settle(bench.settleContext(), dying as never, open, [NOBODY]).catch(() => undefined);
  await open.close();
}

describe("a report made again because the node died before its entry had gone", () => {
  it.each([
    ["a mailbox", "maria@example.org", `${DIR}/mailboxes/maria/Maildir`],
    ["an office's queue", "holly@herat.example.org", `${DIR}/queue/office/herat`],
  ])("is not written to %s a second time, in whatever second that is", async (_place, sender, maildir) => {
    const bench = await waiting(sender);
    await reported(bench);
    bench.now += 60_000;
    await reported(bench);
    expect(bench.texts(`${maildir}/new`)).toHaveLength(1);
  });

  it("is not written again when it has been read, or sent on, in between", async () => {
    const bench = await waiting("maria@example.org");
    await reported(bench);
    const mailbox = `${DIR}/mailboxes/maria/Maildir`;
    for (const name of bench.disk.names(`${mailbox}/new`)) await bench.disk.unlink(`${mailbox}/new/${name}`);
    await reported(bench);
    expect(bench.mailbox("maria")).toEqual([]);
  });
});

describe("recovery beside a report that is being written", () => {
  it("leaves it alone: its tmp file is no dead process's", async () => {
    const memory = new TestMemory();
    const bench = await waiting("maria@example.org", memory);
    const accepting = memory.accepting.bind(memory);
    let beside: Promise<number> | undefined;
    memory.accepting = (...row) => {
      accepting(...row);
      const touched = () => Promise.reject(new Error("touched"));
      beside = recoverMemory(memory, { names: touched, unlink: touched, syncNames: touched });
    };
    await reported(bench);
    expect(await beside).toBe(0);
    expect(bench.mailbox("maria")).toHaveLength(1);
    expect(memory.unfinished()).toEqual([]);
  });
});
