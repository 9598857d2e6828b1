import { afterEach, describe, expect, it } from "vitest";
import { sendSmtp } from "./client.ts";
import { closeAll, ENVELOPE, rawPeer, scripted, send, target } from "./test-peer.ts";

afterEach(closeAll);

describe("sendSmtp", () => {
  const temporary: [string, Record<string, string>, RegExp][] = [
    ["a 5xx greeting", { greeting: "554 no\r\n" }, /said: 554 no/],
    ["a 4xx greeting", { greeting: "421 busy\r\n" }, /said: 421 busy/],
    ["a greeting that is not SMTP", { greeting: "abc\r\n" }, /./],
    ["a greeting with code 999", { greeting: "999 what\r\n" }, /./],
    ["a greeting with NUL", { greeting: "2\0 20 x\r\n" }, /./],
    ["a close before the greeting", { greeting: "" }, /./],
    ["a refused EHLO and HELO", { EHLO: "500 no\r\n", HELO: "550 no\r\n" }, /said: 550 no/],
    ["a drop at MAIL", { MAIL: "drop" }, /./],
    ["a drop at RCPT", { RCPT: "drop" }, /./],
    ["a drop at DATA", { DATA: "drop" }, /./],
    ["a code 199 at MAIL", { MAIL: "199 what\r\n" }, /not SMTP/],
    ["greylisting", { RCPT: "451 4.7.1 later\r\n" }, /said: 451 4.7.1 later/],
    ["a 4xx after the dot", { message: "451 4.3.0 later\r\n" }, /said: 451/],
    ["garbage after the dot", { message: "garbage\r\n" }, /not SMTP/],
    ["a drop after the dot", { message: "drop" }, /duplicate is possible/],
    ["a 421 after the dot", { message: "421 4.3.2 bye\r\n" }, /said: 421/],
    ["10,000 reply lines", { EHLO: `${"250-x\r\n".repeat(10_000)}250 y\r\n` }, /./],
  ];
  for (const [name, replies, text] of temporary) {
    it(`defers at ${name} (S30)`, async () => {
      const script = scripted(replies);
      const peer = await rawPeer(replies.greeting === "" ? (socket) => socket.destroy() : script);
      const outcome = (await send(target(peer.port)))[0];
      expect(outcome).toMatchObject({ kind: "deferred", status: expect.stringMatching(/^4\.\d+\.\d+$/) });
      expect(outcome?.text).toMatch(text);
    });
  }

  const permanent: [string, Record<string, string>, string][] = [
    ["MAIL", { MAIL: "550 5.7.1 not you\r\n" }, "5.7.1"],
    ["RCPT", { RCPT: "550-5.1.1 no\r\n550 5.1.1 such person\r\n" }, "5.1.1"],
    ["DATA", { DATA: "554 no\r\n" }, "5.0.0"],
    ["the message", { message: "554 5.6.0 spam\r\n" }, "5.6.0"],
  ];
  for (const [step, replies, status] of permanent) {
    for (const pipelining of [false, true]) {
      it(`fails at a 5xx to ${step}${pipelining ? " with PIPELINING" : ""}`, async () => {
        const ehlo = pipelining ? { EHLO: "250-peer\r\n250 PIPELINING\r\n" } : {};
        const peer = await rawPeer(scripted({ ...ehlo, ...replies }));
        expect((await send(target(peer.port)))[0]).toMatchObject({ kind: "failed", status, remote: "127.0.0.1" });
      });
    }
  }

  it("fails a message larger than the peer's SIZE without sending it", async () => {
    const seen: string[] = [];
    const peer = await rawPeer(scripted({ EHLO: "250-peer\r\n250 SIZE 10\r\n" }, seen));
    expect((await send(target(peer.port)))[0]).toMatchObject({ kind: "failed", status: "5.3.4" });
    expect(seen.some((line) => line.startsWith("MAIL"))).toBe(false);
  });

  it("stays small while a peer pours out endless text, with or without line ends", async () => {
    for (const flood of ["2", "\r\n", "220 x\r\n", "250-x\r\n"]) {
      const chunk = Buffer.from(flood.repeat(64 * 1024));
      let sent = 0;
      const peer = await rawPeer((socket) => {
        const pour = (): void => {
          while (!socket.destroyed && sent < 1e9 && socket.write(chunk)) sent += chunk.length;
        };
        socket.on("drain", pour);
        pour();
      });
      const before = process.memoryUsage().heapUsed;
      expect((await send(target(peer.port)))[0]?.kind).toBe("deferred");
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
      expect(sent).toBeLessThan(100e6);
    }
  });

  it("defers when nobody listens and when nobody answers", async () => {
    const refused = await send(target(1));
    expect(refused[0]).toMatchObject({ kind: "deferred", status: "4.4.1" });
    const unknown = await send(target(25, { host: "no-such-host.invalid" }));
    expect(unknown[0]).toMatchObject({ kind: "deferred", status: "4.4.1" });
  });

  it("stops at the signal, in each phase, and defers", async () => {
    // How many lines the peer has read when it falls silent.
    const phases: [Record<string, string>, number][] = [
      [{ greeting: " " }, 0],
      [{ MAIL: " " }, 2],
      [{ message: " " }, 5],
    ];
    for (const [replies, lines] of phases) {
      const seen: string[] = [];
      const peer = await rawPeer(scripted(replies, seen));
      const stop = new AbortController();
      const timer = setInterval(() => {
        if (seen.length >= lines) stop.abort();
      }, 50);
      const outcome = (await send(target(peer.port), ENVELOPE, "x\n", stop.signal))[0];
      clearInterval(timer);
      expect(outcome?.kind).toBe("deferred");
      if (lines === 5) expect(outcome?.text).toMatch(/duplicate is possible/);
    }
  });

  it("never ends a message that could not be read to its end", async () => {
    const seen: string[] = [];
    const peer = await rawPeer(scripted({}, seen));
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("Subject: x\n\nhalf\n");
      throw new Error("EIO");
    }
    const outcomes = await sendSmtp(target(peer.port), ENVELOPE, 20, broken, new AbortController().signal);
    expect(outcomes[0]).toMatchObject({ kind: "deferred", status: "4.3.0" });
    expect(seen.at(-1)).toBe("DATA");
  });

  it("does not believe a 250 that comes before the end of the message", async () => {
    const peer = await rawPeer(scripted({ DATA: "354 go\r\n250 already\r\n" }));
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("Subject: x\n\n");
      await new Promise((resolve) => setTimeout(resolve, 200));
      yield Buffer.from("rest\n");
    }
    const outcomes = await sendSmtp(target(peer.port), ENVELOPE, 20, slow, new AbortController().signal);
    expect(outcomes[0]?.kind).toBe("deferred");
  });
});
