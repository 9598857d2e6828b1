import { afterEach, describe, expect, it } from "vitest";
import { closeAll, dial, pause, start } from "./test-client.ts";
import { startTestServer } from "./test-support.ts";
import { SmtpDataError } from "./types.ts";

afterEach(closeAll);

describe("startSmtpServer", () => {
  it("finds the end of data wherever TCP cuts it (S8)", async () => {
    const server = await start();
    const client = dial(server);
    await client.toData();
    const end = "\r\n.\r\n";
    const cuts: number[][] = [[1, 2, 3, 4]];
    for (let cut = 1; cut < end.length; cut += 1) cuts.push([cut]);
    for (const [index, at] of cuts.entries()) {
      let from = 0;
      client.socket.setNoDelay(true);
      client.socket.write(`Subject: ${index}\r\n\r\nbody`);
      for (const to of [...at, end.length]) {
        await pause(15);
        client.socket.write(end.slice(from, to));
        from = to;
      }
      await client.until(/^250 2\.6\.0/m);
      expect(server.kept.length).toBe(index + 1);
      expect(server.kept.at(-1)?.text.toString()).toBe(`Subject: ${index}\n\nbody\n`);
      await client.say("MAIL FROM:<a@b.example>\r\nRCPT TO:<user@example.org>\r\nDATA\r\n", /^354/m);
      client.heard = "";
    }
  });

  it("refuses a port in use by rejecting", async () => {
    const server = await start();
    await expect(startTestServer({ port: server.port })).rejects.toThrow(/EADDRINUSE/);
  });

  it("answers 451 and logs when the owner throws, at each question, and goes on", async () => {
    const boom = async (): Promise<never> => {
      throw new Error("boom");
    };
    const server = await start({}, { recipient: boom });
    const client = dial(server);
    await client.until(/^220/);
    await client.say("EHLO c.example\r\n", /^250 /m);
    await client.say("MAIL FROM:<a@b.example>\r\nRCPT TO:<user@example.org>\r\n", /^451 4\.3\.0/m);
    const other = await start({}, { message: boom });
    const second = dial(other);
    await second.toData();
    await second.say("Subject: x\r\n\r\nbody\r\n.\r\nNOOP\r\n", /^451 4\.3\.0[^\n]*\n250/m);
    expect(other.events.some(({ event, fields }) => event === "smtp-error" && /boom/.test(String(fields.error)))).toBe(
      true,
    );
    const third = dial(
      await start(
        {},
        {
          connect: () => {
            throw new Error("boom");
          },
        },
      ),
    );
    await third.until(/^421/);
  });

  it("does not say 250 for a message its owner did not read to the end", async () => {
    const server = await start({}, { message: async () => ({ ok: true }) });
    const client = dial(server);
    await client.toData();
    await client.say("Subject: x\r\n\r\nbody\r\n.\r\n", /^451 4\.3\.0/m);
  });

  it("gives an early refusal after the end of the message and keeps the session", async () => {
    const server = await start(
      {},
      {
        message: async () => ({ ok: false, code: 452, status: "4.3.1", text: "Disk is full" }),
      },
    );
    const client = dial(server);
    await client.toData();
    client.socket.write(`Subject: x\r\n\r\n${"line\r\n".repeat(10_000)}`);
    await pause(100);
    expect(client.heard).toBe("");
    await client.say(".\r\nNOOP\r\n", /^452 4\.3\.1 Disk is full\r\n250/m);
  });

  it("breaks the iterator off with SmtpDataError when the client leaves in mid-DATA (S36)", async () => {
    let thrown: unknown;
    const server = await start(
      {},
      {
        message: async (_client, _envelope, message) => {
          try {
            for await (const _ of message);
          } catch (error) {
            thrown = error;
            throw error;
          }
          return { ok: true };
        },
      },
    );
    const client = dial(server);
    await client.toData();
    client.socket.write("Subject: x\r\n\r\nhalf");
    await pause(50);
    client.socket.destroy();
    await client.until(() => thrown !== undefined);
    expect(thrown).toBeInstanceOf(SmtpDataError);
    await client.until(() => server.connections() === 0);
  });

  it("keeps a message whose client leaves before reading the reply (S35)", async () => {
    const server = await start();
    const client = dial(server);
    await client.toData();
    client.socket.write("Subject: x\r\n\r\nbody\r\n.\r\n");
    client.socket.end();
    await client.until(() => server.kept.length === 1);
  });
});
