import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { listenTcp } from "./tcp-listen.ts";

const local = { host: "127.0.0.1", port: 0 };

describe("listenTcp", () => {
  it("reports the port that the system chose and passes connections on", async () => {
    const sockets: Socket[] = [];
    const listener = await listenTcp(local, (socket) => sockets.push(socket.end("hello")));
    const client = connect(listener.port, listener.host);
    const [data] = (await once(client, "data")) as [Buffer];
    expect(data.toString()).toBe("hello");
    client.end();
    await listener.close();
    expect(sockets).toHaveLength(1);
    await expect(listener.close()).resolves.toBeUndefined();
  });

  it("names address and cure when the port is taken", async () => {
    const listener = await listenTcp(local, (socket) => socket.destroy());
    const again = listenTcp({ ...local, port: listener.port }, (socket) => socket.destroy());
    await expect(again).rejects.toThrow(
      `Cannot listen at 127.0.0.1:${listener.port}: another program listens there; stop it`,
    );
    await listener.close();
  });

  it("names the cure when the machine has no such address", async () => {
    await expect(listenTcp({ host: "192.0.2.1", port: 0 }, () => undefined)).rejects.toThrow("no such address");
    await expect(listenTcp({ host: "2001:db8::1", port: 25 }, () => undefined)).rejects.toThrow("[2001:db8::1]:25");
  });

  it("can be had again at once after close", async () => {
    const first = await listenTcp(local, (socket) => socket.destroy());
    await first.close();
    const second = await listenTcp({ ...local, port: first.port }, (socket) => socket.destroy());
    expect(second.port).toBe(first.port);
    await second.close();
  });
});
