import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { deferred, delivered, failed } from "#shared/mail/outcome.js";
import { converse, dial, gone, netstring, packageOf, receiving, replies } from "./test-peers.ts";

const A = packageOf("Subject: a\n\none\n", "x@y", ["a@example.org"]);
const B = packageOf("Subject: b\n\ntwo\n", "", ["b@example.org", "c@example.org"]);
const C = packageOf("Subject: c\n\nthree\n", "x@y", ["d@example.org"]);

describe("receiving packages", () => {
  it("stores them while later ones arrive and answers in their order", async () => {
    const peer = await receiving({}, async ({ recipients }) => {
      await sleep(recipients[0] === "a@example.org" ? 50 : 1);
      return recipients.map((to) => delivered(`ok ${to}`));
    });
    const said = await converse(peer.port, A + B + C);
    expect(replies(said)).toEqual(["Kok a@example.org", "Kok b@example.org", "Kok c@example.org", "Kok d@example.org"]);
    expect(peer.kept.map(({ recipients }) => recipients.length)).toEqual([1, 2, 1]);
    await vi.waitFor(() => expect(peer.reports).toMatchObject([{ messages: 3, recipients: 4, ended: "end" }]));
  });

  it("answers each outcome with its letter and code", async () => {
    const peer = await receiving({}, async () => [
      delivered("ok"),
      deferred("4.2.2", "the mailbox is full"),
      failed("5.1.1", "nobody (#5.1.1)"),
      failed("5.7.1", "no"),
    ]);
    const said = await converse(peer.port, packageOf("x", "", ["a@x", "b@x", "c@x", "d@x"]));
    expect(replies(said)).toEqual(["Kok", "Zthe mailbox is full (#4.2.2)", "Dnobody (#5.1.1)", "Dno (#5.7.1)"]);
  });

  it("keeps, cut after any byte of a batch, what came wholly once and nothing else (Q8)", async () => {
    const batch = Buffer.from(A + B + C);
    const ends = [A.length, A.length + B.length, batch.length];
    const peer = await receiving();
    for (let cut = 0; cut <= batch.length; cut += 1) {
      peer.kept.length = 0;
      const said = await converse(peer.port, batch.subarray(0, cut));
      const whole = ends.filter((end) => end <= cut).length;
      expect(peer.kept, `cut at ${cut}`).toHaveLength(whole);
      expect(replies(said), `cut at ${cut}`).toHaveLength([0, 1, 3, 4][whole] ?? 0);
    }
    await vi.waitFor(() => expect(peer.reports).toHaveLength(batch.length + 1));
    for (const [cut, { ended }] of peer.reports.entries())
      expect(ended, `cut at ${cut}`).toBe(cut === 0 || ends.includes(cut) ? "end" : "cut");
  });

  it("reads the same however the bytes are cut", async () => {
    const peer = await receiving();
    const socket = await dial(peer.port);
    socket.setNoDelay(true);
    for (const byte of Buffer.from(A)) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [said] = await once(socket, "data");
    expect(replies(String(said))).toEqual(["Kok a@example.org"]);
    expect(peer.kept[0]?.text).toBe("Subject: a\n\none\n");
  });

  it("says Z for what it cannot store, and for a reason to refuse everything now", async () => {
    const throwing = await receiving({}, async () => Promise.reject(new Error("a bug")));
    expect(replies(await converse(throwing.port, B))).toEqual(
      Array(2).fill("Zinternal trouble, try again later (#4.3.0)"),
    );
    const full = await receiving({ refuseNow: () => deferred("4.3.1", "insufficient storage") });
    expect(replies(await converse(full.port, A))).toEqual(["Zinsufficient storage (#4.3.1)"]);
    expect(full.kept).toEqual([]);
  });

  it("says Z where the owner gives fewer outcomes than there are recipients", async () => {
    const peer = await receiving({}, async () => [delivered("ok")]);
    expect(replies(await converse(peer.port, B)).map((text) => text[0])).toEqual(["K", "Z"]);
  });

  it("closes when the disk is full in mid-message, which QMTP knows as temporary, and answers nothing", async () => {
    const peer = await receiving({ partial: "/dev/null/no-folder" });
    const said = await converse(peer.port, packageOf("x".repeat(200_000), "", ["a@x"]), false);
    expect(said).toBe("");
    expect(peer.kept).toEqual([]);
    await vi.waitFor(() => expect(peer.reports).toMatchObject([{ ended: "protocol", messages: 0 }]));
    expect(peer.events[0]).toContain("internal-error");
  });

  it("ends at once when it is told to stop", async () => {
    const peer = await receiving();
    const socket = await dial(peer.port);
    socket.resume();
    socket.write(A.slice(0, 10));
    await sleep(20);
    peer.stop.abort();
    await gone(socket);
    await vi.waitFor(() => expect(peer.reports).toMatchObject([{ ended: "stopped", messages: 0 }]));
  });
});

describe("a peer that does not read its answers", () => {
  it("is not read from any further, so that memory stays flat", async () => {
    const text = "no ".repeat(300);
    const peer = await receiving({}, async ({ recipients }) => recipients.map(() => deferred("4.0.0", text)));
    const many = packageOf(
      "x",
      "",
      Array.from({ length: 200 }, (_, index) => `r${index}@x`),
    );
    const socket = await dial(peer.port);
    socket.pause();
    for (let sent = 0; sent < 300; sent += 1) socket.write(many);
    let taken = -1;
    while (taken < peer.kept.length) {
      taken = peer.kept.length;
      await sleep(500);
    }
    expect(taken).toBeLessThan(150);
    let said = 0;
    socket.on("data", (chunk) => {
      said += chunk.length;
    });
    socket.resume();
    socket.end();
    await once(socket, "end");
    expect(peer.kept).toHaveLength(300);
    expect(said).toBeGreaterThan(300 * 200 * 500);
  });

  it("does not hold up a stop", async () => {
    const peer = await receiving({}, async ({ recipients }) =>
      recipients.map(() => deferred("4.0.0", "no ".repeat(300))),
    );
    const many = packageOf(
      "x",
      "",
      Array.from({ length: 900 }, (_, index) => `r${index}@x`),
    );
    const socket = await dial(peer.port);
    socket.pause();
    for (let sent = 0; sent < 60; sent += 1) socket.write(many);
    socket.end();
    await sleep(500);
    peer.stop.abort();
    await vi.waitFor(() => expect(peer.reports).toMatchObject([{ ended: "stopped" }]));
  });
});

describe("broken packages (Q1-Q7, Q14)", () => {
  it.each([
    ["Q1 an empty message", `0:,${netstring("")}${netstring(netstring("a@x"))}`],
    ["Q1 a wrong encoding byte", packageOf("x", "", ["a@x"], "x")],
    ["Q2 an empty length", ":x,"],
    ["Q2 a negative length", "-1:x,"],
    ["Q2 a signed length", "+5:x,"],
    ["Q2 a length of 20 digits", "99999999999999999999:x"],
    ["Q2 letters", "GET / HTTP/1.1\r\n\r\n"],
    ["Q3 a length beyond what is read away", "999999999:\n"],
    ["Q4 a recipient longer than its list", `${netstring("\nx")}0:,5:9:a@x,`],
    ["Q4 letters in a recipient's length", `${netstring("\nx")}0:,6:x:a@x,`],
    ["Q4 no recipient", packageOf("x", "", [])],
    ["Q5 no comma after the message", `2:\nx0:,${netstring(netstring("a@x"))}`],
    ["Q5 no comma after the sender", `2:\nx,0:${netstring(netstring("a@x"))}`],
    ["Q5 no comma after a recipient", "2:\nx,0:,6:3:a@xx,"],
    ["Q5 no comma after the list", "2:\nx,0:,6:3:a@x,x"],
  ])("%s: the connection closes and nothing is kept", async (_what, bytes) => {
    const peer = await receiving();
    expect(await converse(peer.port, bytes, false)).toBe("");
    expect(peer.kept).toEqual([]);
    await vi.waitFor(() => expect(peer.reports).toMatchObject([{ ended: "protocol" }]));
  });

  it("Q3 a message that is too large is read away and answered D for every recipient; the next one is taken", async () => {
    const peer = await receiving({ maxMessage: 100 });
    const said = replies(await converse(peer.port, packageOf("x".repeat(101), "", ["a@x", "b@x"]) + A));
    expect(said.map((text) => text[0])).toEqual(["D", "D", "K"]);
    expect(said[0]).toContain("(#5.3.4)");
  });

  it("Q6 a bad recipient is refused alone", async () => {
    const peer = await receiving();
    const bad = ["a\0@x", "b".repeat(1000), "c\r@x", Buffer.from([0xff, 0x40]).toString("latin1")];
    const list = Buffer.concat([...bad, "good@x"].map((one) => Buffer.from(`${one.length}:${one},`, "latin1")));
    const bytes = Buffer.concat([Buffer.from("2:\nx,0:,"), Buffer.from(`${list.length}:`), list, Buffer.from(",")]);
    const said = replies(await converse(peer.port, bytes));
    expect(said.map((text) => text[0])).toEqual(["D", "D", "D", "D", "K"]);
    expect(peer.kept[0]?.recipients).toEqual(["good@x"]);
  });

  it("Q6 a bad sender is refused for everybody", async () => {
    const peer = await receiving();
    const said = replies(await converse(peer.port, packageOf("x", "a\r@x", ["b@x", "c@x"])));
    expect(said).toEqual(Array(2).fill(expect.stringMatching(/^D.*\(#5\.1\.7\)$/)));
    expect(peer.kept).toEqual([]);
  });

  it("Q7 recipients beyond the cap are deferred, those before it taken", async () => {
    const peer = await receiving();
    const many = Array.from({ length: 100_000 }, (_, index) => `r${index}@x`);
    const said = replies(await converse(peer.port, packageOf("x", "", many)));
    expect(said).toHaveLength(100_000);
    expect(said.filter((text) => text.startsWith("K"))).toHaveLength(1000);
    expect(said.filter((text) => text.startsWith("Z"))).toHaveLength(99_000);
    expect(peer.kept[0]?.recipients).toHaveLength(1000);
  });

  it("Q14 text is stored as its encoding byte says", async () => {
    const peer = await receiving();
    await converse(peer.port, packageOf("a\r\nb\rc", "", ["a@x"]) + packageOf("a\r\nb\rc\r\n", "", ["a@x"], "\r"));
    expect(peer.kept.map(({ text }) => text)).toEqual(["a\r\nb\rc", "a\nb\rc\n"]);
  });
});
