import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { whenAdded } from "#shared/link/when-added.js";
import { DIR } from "#shared/queue/test-bench.js";
import { sendQueue } from "./send.ts";
import { add, draining } from "./test-drain.ts";
import { netstring, receiving } from "./test-peers.ts";

/** Says these replies as soon as something comes, and ends when the client does. */
function says(...replies: readonly string[]): (socket: Socket) => void {
  return (socket) => {
    socket.once("data", () => socket.write(replies.map(netstring).join("")));
    socket.on("end", () => socket.end());
    socket.resume();
  };
}

/** Passes everything on to a real receiver. */
async function real(): Promise<{ peer: (socket: Socket) => void; taken: () => string[] }> {
  const { port, kept } = await receiving();
  const peer = (socket: Socket): void => {
    const through = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    through.on("error", () => undefined);
    socket.pipe(through).pipe(socket);
  };
  return { peer, taken: () => kept.map(({ recipients }) => recipients.map((to) => to.split("@")[0]).join(" ")) };
}

describe("draining a queue", () => {
  it("sends everything, oldest first, and reports it", async () => {
    const { peer, taken } = await real();
    const { drain, settled, bench } = await draining(["a", "b c", "d"], peer);
    expect(await drain()).toMatchObject({ messages: 3, recipients: 4, deferred: 0, failed: [], ended: "drained" });
    expect(taken()).toEqual(["a", "b c", "d"]);
    expect(settled.map(({ to }) => to)).toEqual(["a", "b c", "d"]);
    expect(bench.entries("office/herat")).toEqual([]);
  });

  it("sends what must go first before the rest", async () => {
    const { peer, taken } = await real();
    const { drain, bench } = await draining(["a", "b", "people"], peer);
    const entries = await bench.store.queue("office/herat").list();
    await drain({ first: ({ name }) => name === entries[2]?.name });
    expect(taken()).toEqual(["people", "a", "b"]);
  });

  it("tells K, Z and D apart per recipient, and believes a code only where it agrees with the letter", async () => {
    const { drain, settled } = await draining(
      ["a b c d e"],
      says("Kok", "Zfull #4.2.2", "Dno #5.1.1", "Zodd #5.0.0", "Dplain"),
    );
    const report = await drain();
    expect(settled).toEqual([{ to: "a b c d e", kinds: ["delivered", "4.2.2", "failed", "4.0.0", "failed"] }]);
    expect(report).toMatchObject({ messages: 1, recipients: 1, deferred: 2 });
    expect(report.failed).toMatchObject([{ recipient: "c@herat.example.org", status: "5.1.1" }, { status: "5.0.0" }]);
  });

  it("leaves out an entry that may not go on this link, and ends where a limit says so", async () => {
    const { peer, taken } = await real();
    const { drain, bench } = await draining(["a", "b", "c", "d"], peer);
    const answers = ["yes", "skip", "yes", "stop"] as const;
    let asked = 0;
    expect(await drain({ mayStart: () => answers[asked++] ?? "stop" })).toMatchObject({ ended: "limit", messages: 2 });
    expect(taken()).toEqual(["a", "c"]);
    expect(bench.entries("office/herat")).toHaveLength(2);
  });

  it("goes on when an entry has vanished or cannot be read (M3, M4)", async () => {
    const { peer, taken } = await real();
    const { drain, bench } = await draining(["a", "b", "c"], peer);
    const queue = bench.store.queue("office/herat");
    const [first] = await queue.list();
    await bench.disk.mkdir(`${DIR}/queue/office/herat/new/1.directory`, { mode: 0o700 });
    if (first !== undefined) vi.spyOn(queue, "list").mockResolvedValueOnce([first, ...(await queue.list())]);
    if (first !== undefined) await queue.remove(first);
    expect(await drain()).toMatchObject({ ended: "drained", messages: 2 });
    expect(taken()).toEqual(["b", "c"]);
    expect(bench.logged("entry-unreadable")).toMatchObject([{ entry: "1.directory" }]);
  });

  it("sends in the same pass what is added while it drains", async () => {
    const { peer, taken } = await real();
    const { drain, bench } = await draining(["a"], peer);
    const queue = bench.store.queue("office/herat");
    const look = queue.list.bind(queue);
    vi.spyOn(queue, "list").mockImplementationOnce(async () => {
      const entries = await look();
      await add(bench, "late");
      return entries;
    });
    await drain();
    expect(taken()).toEqual(["a", "late"]);
  });

  it("stays open where it is told to, and ends when the peer does", async () => {
    const { peer, taken } = await real();
    const { drain, bench, stop } = await draining(["a"], peer);
    const done = drain({
      more: (gone) => whenAdded(bench.store, "office/herat", AbortSignal.any([gone, stop.signal])),
    });
    await vi.waitFor(() => expect(taken()).toEqual(["a"]));
    await sleep(20);
    await add(bench, "late");
    await vi.waitFor(() => expect(taken()).toEqual(["a", "late"]));
    stop.abort();
    expect((await done).ended).toBe("stopped");
  });
});

describe("a peer that misbehaves (Q10)", () => {
  it("answers fewer than were sent: the answered ones are settled, the others stay untouched", async () => {
    const { drain, settled, bench } = await draining(["a b c", "d"], (socket) => {
      socket.once("data", () => socket.end(netstring("Kok") + netstring("Dno")));
    });
    expect(await drain()).toMatchObject({ ended: "cut" });
    expect(settled).toEqual([{ to: "a b c", kinds: ["delivered", "failed"] }]);
    expect(bench.entries("office/herat").some((text) => text.includes("d@herat"))).toBe(true);
  });

  it.each([
    ["a letter nobody knows", netstring("Xok")],
    ["an empty reply", "0:,"],
    ["no netstring", "250 ok\r\n"],
    ["a gigabyte", "1000000000:K"],
    ["no comma", "3:Kok;"],
    ["more replies than recipients", netstring("Kok").repeat(3)],
  ])("says %s: the drain ends and nothing is taken for delivered that was not", async (_what, bytes) => {
    const { drain, bench, settled } = await draining(["a", "b"], (socket) => {
      socket.once("data", () => void setTimeout(() => socket.write(bytes), 20));
    });
    const report = await drain();
    const answered = bytes.startsWith("3:Kok,") ? 2 : 0;
    expect(settled).toHaveLength(answered);
    expect(bench.entries("office/herat")).toHaveLength(2 - answered);
    if (answered === 0)
      expect(report).toMatchObject({ ended: "cut", reason: expect.stringContaining("protocol violation") });
  });

  it("closes after any byte of its answers: each entry is settled by whole answers or stays", async () => {
    const answers = netstring("Kok") + netstring("Zlater") + netstring("Kok");
    for (let cut = 0; cut <= answers.length; cut += 1) {
      const { drain, settled, bench } = await draining(["a b", "c"], (socket) => {
        socket.once("data", () => void setTimeout(() => socket.end(answers.slice(0, cut)), 5));
        socket.resume();
      });
      await drain();
      const whole = [6, 15, 21].filter((end) => end <= cut).length;
      const kinds = [["delivered"], ["delivered", "4.0.0"], ["delivered", "4.0.0"]][whole - 1];
      expect(settled[0]?.kinds, `cut at ${cut}`).toEqual(kinds);
      expect(bench.entries("office/herat"), `cut at ${cut}`).toHaveLength(whole === 3 ? 1 : 2);
    }
  });

  it("never reads: the drain ends by its signal, and by itself after an hour", async () => {
    const { drain, bench, stop } = await draining([], (socket) => void socket.pause());
    await add(bench, "a", `Subject: x\n\n${"large ".repeat(3_000_000)}`);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const done = drain();
      for (let turn = 0; turn < 300; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(61 * 60_000);
      expect(await done).toMatchObject({ ended: "cut", reason: "the peer took nothing for an hour" });
    } finally {
      vi.useRealTimers();
    }
    const stopped = drain();
    await sleep(50);
    stop.abort();
    expect((await stopped).ended).toBe("stopped");
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it("had gone before the drain began", async () => {
    const { bench, drain } = await draining(["a"], (socket) => void socket.destroy());
    expect((await drain()).ended).toBe("cut");
    const socket = connect(1, "127.0.0.1");
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("close", resolve));
    const report = await sendQueue(socket, {
      queue: bench.store.queue("office/herat"),
      remote: "herat",
      settle: async () => undefined,
      mayStart: () => "yes",
      log: bench.log,
      signal: new AbortController().signal,
    });
    expect(report).toMatchObject({ ended: "cut", reason: "the connection was closed" });
  });
});

describe("trouble of our own", () => {
  it("leaves an entry whose settling failed, and goes on", async () => {
    const { peer } = await real();
    const { drain, bench } = await draining(["a", "b"], peer);
    expect(await drain({ settle: async () => Promise.reject(new Error("disk")) })).toMatchObject({
      ended: "drained",
      messages: 0,
    });
    expect(bench.entries("office/herat")).toHaveLength(2);
    expect(bench.logged("internal-error")).toHaveLength(2);
  });

  it("cuts the line when the disk fails in mid-message: the peer must not take a half one", async () => {
    const { peer, taken } = await real();
    const { drain, bench } = await draining(["a"], peer);
    bench.disk.failNext(6, "EIO");
    expect(await drain()).toMatchObject({ ended: "cut" });
    expect(taken()).toEqual([]);
    expect(bench.entries("office/herat")).toHaveLength(1);
  });

  it("ends as a cut when the queue cannot be listed", async () => {
    const { peer } = await real();
    const { drain, bench } = await draining(["a"], peer);
    bench.disk.failNext(1, "EIO");
    expect(await drain()).toMatchObject({ ended: "cut", reason: expect.stringContaining("EIO") });
    expect(bench.logged("internal-error")).toHaveLength(1);
  });
});
