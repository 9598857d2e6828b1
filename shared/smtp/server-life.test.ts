import { connect as connectTls } from "node:tls";
import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";
import { Client, closeAll, dial, pause, start } from "./test-client.ts";

afterEach(closeAll);

describe("startSmtpServer", () => {
  it("limits connections of one stranger and keeps places for relay clients (S31)", async () => {
    let relay = false;
    const server = await start({ maxClients: 5, maxPerAddress: 2 }, { connect: () => ({ allow: true, relay }) });
    const first = dial(server);
    await first.until(/^220/);
    await dial(server).until(/^220/);
    await dial(server).until(/^421 mx\.example\.org Too many connections from your address/);
    relay = true;
    const ours = [dial(server), dial(server), dial(server)];
    for (const client of ours) await client.until(/^220/);
    await dial(server).until(/^421 mx\.example\.org Too many connections,/);
    first.socket.destroy();
    await first.until(() => server.connections() === 4);
    await dial(server).until(/^220/);
  });

  it("turns a forbidden address away with 554", async () => {
    const server = await start({}, { connect: () => ({ allow: false, relay: false }) });
    const client = dial(server);
    await client.until(/^554 /);
    await client.until(() => client.closed);
    expect(server.events).toMatchObject([{ event: "smtp-refused-client" }]);
  });

  it("drops a stranger who trickles bytes, in commands and in DATA, and not a relay client", async () => {
    const server = await start({ idleMs: 300 });
    const commands = dial(server);
    await commands.until(/^220/);
    const data = dial(server);
    await data.toData();
    const patient = await start({ idleMs: 300 }, { relay: true });
    const relay = dial(patient);
    await relay.toData();
    const drip = setInterval(() => {
      for (const client of [commands, data, relay]) if (!client.closed) client.socket.write("x");
    }, 100);
    try {
      await commands.until(/^421 4\.4\.2/m);
      await data.until(/^421 4\.4\.2/m);
      await pause(500);
      expect(relay.heard).toBe("");
    } finally {
      clearInterval(drip);
    }
  });

  it("says 421 to an idle client", async () => {
    const client = dial(await start({ idleMs: 200 }, { relay: true }));
    await client.until(/^421 4\.4\.2/m);
    await client.until(() => client.closed);
  });

  it("stops: idle sessions hear 421, the message in flight is finished (P1)", async () => {
    const server = await start();
    const idle = dial(server);
    await idle.until(/^220/);
    const busy = dial(server);
    await busy.toData();
    busy.socket.write("Subject: x\r\n\r\n");
    await pause(20);
    const closing = server.close(5_000);
    await idle.until(/^421 4\.3\.2/m);
    await busy.say("body\r\n.\r\n", /^250 2\.6\.0[^\n]*\n421 4\.3\.2/m);
    await closing;
    expect(server.kept.length).toBe(1);
    expect(server.connections()).toBe(0);
  });

  it("stops within the grace time when a message never ends", async () => {
    const server = await start();
    const busy = dial(server);
    await busy.toData();
    const started = performance.now();
    await server.close(200);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(server.kept.length).toBe(0);
  });

  it("speaks TLS after STARTTLS, forgets what stood before it, and takes a password (S9)", async () => {
    const pems = await generate([{ name: "commonName", value: "mx.example.org" }]);
    const server = await start({ kind: "submission", tls: { key: pems.private, cert: pems.cert } });
    const client = dial(server);
    await client.until(/^220/);
    await client.say("EHLO c.example\r\n", /^250 /m);
    expect(client.heard).toMatch(/^250[ -]STARTTLS/m);
    await client.say("STARTTLS\r\n", /^220/m);
    client.socket.removeAllListeners("data");
    const secure = new Client(connectTls({ socket: client.socket, rejectUnauthorized: false }));
    await secure.say("MAIL FROM:<a@b.example>\r\n", /^530/m);
    await secure.say("EHLO c.example\r\n", /^250 /m);
    expect(secure.heard).toMatch(/^250[ -]AUTH PLAIN LOGIN/m);
    expect(secure.heard).not.toMatch(/STARTTLS/);
    await secure.say(`AUTH PLAIN ${Buffer.from("\0user@example.org\0right").toString("base64")}\r\n`, /^235/m);
    await secure.say("MAIL FROM:<user@example.org>\r\n", /^250/m);
  });

  it("never runs what stands behind STARTTLS in one segment", async () => {
    const pems = await generate([{ name: "commonName", value: "mx.example.org" }]);
    const server = await start({ tls: { key: pems.private, cert: pems.cert } });
    const client = dial(server);
    await client.until(/^220/);
    await client.say("EHLO c.example\r\n", /^250 /m);
    await client.say("STARTTLS\r\nMAIL FROM:<a@b.example>\r\n", /^554 5\.5\.0/m);
    await client.until(() => client.closed);
  });
});
