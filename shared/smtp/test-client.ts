import { connect, type Socket } from "node:net";
import { startTestServer, type TestServer } from "./test-support.ts";

/** For the tests of the server: a raw client, and what to close after each test. */
const open: { close(): Promise<unknown> }[] = [];

export async function closeAll(): Promise<void> {
  for (const item of open.splice(0)) await item.close();
}

export async function start(...args: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...args);
  open.push({ close: () => server.close(0) });
  return server;
}

/** A client that remembers what it heard. `until` waits for a pattern in everything heard so far. */
export class Client {
  readonly socket: Socket;
  heard = "";
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.heard += chunk.toString();
    });
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", () => {});
  }

  async until(pattern: RegExp | (() => boolean), ms = 8_000): Promise<string> {
    const holds = () => (typeof pattern === "function" ? pattern() : pattern.test(this.heard));
    const deadline = performance.now() + ms;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`Waited for ${pattern}, heard ${JSON.stringify(this.heard)}`);
      await pause(5);
    }
    return this.heard;
  }

  async say(text: string, pattern: RegExp): Promise<void> {
    this.heard = "";
    this.socket.write(text);
    await this.until(pattern);
  }

  async toData(): Promise<void> {
    await this.until(/^220/);
    await this.say("EHLO c.example\r\n", /^250 /m);
    await this.say("MAIL FROM:<a@b.example>\r\nRCPT TO:<user@example.org>\r\nDATA\r\n", /^354/m);
    this.heard = "";
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function dial(server: TestServer): Client {
  const client = new Client(connect(server.port, "127.0.0.1"));
  open.push({ close: async () => client.socket.destroy() });
  return client;
}
