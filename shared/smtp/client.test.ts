import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";
import type { Envelope } from "#shared/mail/envelope.js";
import { closeAll, ENVELOPE, open, rawPeer, scripted, send, target } from "./test-peer.ts";
import { startTestServer, type TestServer } from "./test-support.ts";
import type { SmtpListenOptions } from "./types.ts";

afterEach(closeAll);

async function sink(options: Partial<SmtpListenOptions> = {}): Promise<TestServer> {
  const server = await startTestServer(options, { relay: true });
  open.push({ close: () => server.close(0) });
  return server;
}

describe("sendSmtp", () => {
  it("delivers and gives one outcome per recipient in order", async () => {
    const server = await sink();
    const recipients = ["user@example.org", "ghost@example.org", "user@example.org", "other@elsewhere.example"];
    const outcomes = await send(target(server.port), {
      sender: "",
      recipients: recipients.map((address) => ({ address })),
    });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["delivered", "failed", "delivered", "delivered"]);
    expect(outcomes[1]).toMatchObject({ status: "5.1.1", text: "127.0.0.1 said: 550 5.1.1 No such person here" });
    expect(server.kept[0]?.text.toString()).toBe("Subject: x\n\nhello\n");
    expect(server.kept[0]?.envelope.recipients.length).toBe(2);
  });

  it("re-encodes every line end as CRLF, stuffs dots and ends the last line (A6)", async () => {
    const seen: string[] = [];
    const peer = await rawPeer(scripted({}, seen));
    const outcomes = await send(target(peer.port), ENVELOPE, ".a\nb\r.c\r\n.\r\nd\r\r\n..e\n\n.\nlast");
    expect(outcomes[0]?.kind).toBe("delivered");
    const at = seen.indexOf("DATA") + 1;
    expect(seen[at]).toBe("..a\r\nb\r\n..c\r\n..\r\nd\r\n\r\n...e\r\n\r\n..\r\nlast");
  });

  it("lets no stored bytes end the message early or smuggle a second one", async () => {
    const server = await sink();
    const nasty = ["\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r\r\n", "\r\n.\r\n", "\n.\n"];
    for (const end of nasty) {
      const text = `Subject: x\n\nhi${end}MAIL FROM:<evil@b.example>\nRCPT TO:<user@example.org>\nDATA\nboo\n`;
      expect((await send(target(server.port), ENVELOPE, text))[0]?.kind).toBe("delivered");
    }
    expect(server.kept.length).toBe(nasty.length);
  });

  it("passes DSN parameters on byte for byte, to each recipient its own", async () => {
    const server = await sink();
    const envelope: Envelope = {
      sender: "a@b.example",
      ret: "HDRS",
      envid: "QQ+2B31",
      recipients: [
        { address: "user1@example.org", notify: "SUCCESS,DELAY", orcpt: "rfc822;Bob+2Bx@b.example" },
        { address: "user2@example.org", notify: "NEVER" },
        { address: "user3@example.org" },
      ],
    };
    await send(target(server.port), envelope);
    expect(server.kept[0]?.envelope).toEqual(envelope);
  });

  it("never lets a stored parameter become a command", async () => {
    const seen: string[] = [];
    const peer = await rawPeer(scripted({ EHLO: "250-peer\r\n250 DSN\r\n" }, seen));
    const orcpt = "rfc822;x\r\nRCPT TO:<evil@b.example>";
    await send(target(peer.port), { ...ENVELOPE, recipients: [{ address: "user@example.org", orcpt }] });
    expect(seen.filter((line) => line.startsWith("RCPT"))).toEqual(["RCPT TO:<user@example.org>"]);
  });

  it("fails an address that SMTP cannot carry, alone, and quotes the others", async () => {
    const server = await sink();
    const addresses = ["user\r\nRSET@example.org", "user<@example.org", "user@victim@example.org"];
    const outcomes = await send(target(server.port), {
      sender: "a@b.example",
      recipients: addresses.map((address) => ({ address })),
    });
    expect(outcomes).toMatchObject([
      { kind: "failed", status: "5.1.3" },
      { kind: "failed", status: "5.1.3" },
      { kind: "failed", status: "5.1.1" },
    ]);
  });

  it("uses SMTPUTF8 where offered; without it fails what needs it and sends the rest (5.6.7)", async () => {
    const server = await sink();
    const recipients = [{ address: "usergrün@example.org" }, { address: "user@example.org" }];
    const envelope: Envelope = { sender: "a@b.example", recipients, smtputf8: true };
    expect((await send(target(server.port), envelope)).map((outcome) => outcome.kind)).toEqual([
      "delivered",
      "delivered",
    ]);
    expect(server.kept[0]?.envelope.smtputf8).toBe(true);
    const seen: string[] = [];
    const plain = await rawPeer(scripted({ EHLO: "250-peer\r\n250 8BITMIME\r\n" }, seen));
    expect(await send(target(plain.port), envelope)).toMatchObject([
      { kind: "failed", status: "5.6.7" },
      { kind: "delivered" },
    ]);
    expect(seen).toContain("MAIL FROM:<a@b.example> BODY=8BITMIME");
    const header = await send(
      target(plain.port),
      { ...envelope, recipients: [{ address: "u@example.org" }] },
      "Subject: gr\xc3\xbcn\n\nx\n",
    );
    expect(header).toMatchObject([{ kind: "failed", status: "5.6.7" }]);
    const idn = await send(target(plain.port), { sender: "", recipients: [{ address: "u@grün.example" }] });
    expect(idn[0]?.kind).toBe("delivered");
    expect(seen).toContain("RCPT TO:<u@xn--grn-ioa.example>");
  });

  it("encrypts when STARTTLS is offered, whatever the certificate", async () => {
    const pems = await generate([{ name: "commonName", value: "other.example" }]);
    let tls: boolean | undefined;
    const server = await startTestServer(
      { tls: { key: pems.private, cert: pems.cert } },
      {
        sender: async (client) => {
          tls = client.tls;
          return { ok: true };
        },
      },
    );
    open.push({ close: () => server.close(0) });
    expect((await send(target(server.port)))[0]?.kind).toBe("delivered");
    expect(tls).toBe(true);
    expect((await send(target(server.port, { tls: "off" })))[0]?.kind).toBe("delivered");
    expect(tls).toBe(false);
  });

  it("falls back to plain text when the handshake fails, but never with a password", async () => {
    const seen: string[] = [];
    const peer = await rawPeer((socket) => {
      scripted({ EHLO: "250-peer\r\n250 STARTTLS\r\n", STARTTLS: "220 go\r\n" }, seen)(socket);
      socket.on("data", (chunk) => {
        if (chunk[0] === 0x16) socket.end("this is no TLS");
      });
    });
    expect((await send(target(peer.port)))[0]?.kind).toBe("delivered");
    expect(seen.filter((line) => line === "DATA").length).toBe(1);
    // Loopback needs no TLS for a password, but what was offered and failed is not silently given up.
    const auth = { user: "user@example.org", pass: "right" };
    expect((await send(target(peer.port, { auth })))[0]?.kind).toBe("deferred");
    expect(seen.some((line) => line.startsWith("AUTH"))).toBe(false);
  });

  it("logs in, and defers when the password is wrong", async () => {
    const server = await sink({ kind: "submission" });
    const auth = { user: "user@example.org", pass: "right" };
    expect((await send(target(server.port, { auth })))[0]?.kind).toBe("delivered");
    const wrong = await send(target(server.port, { auth: { ...auth, pass: "wrong" } }));
    expect(wrong[0]).toMatchObject({ kind: "deferred", status: "4.7.8" });
  });
});
