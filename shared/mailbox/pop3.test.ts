import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Pop3Command from "node-pop3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Pop3Options, type Pop3Server, startPop3Server } from "./pop3.ts";

const login = { user: "bob@example.org", password: "correct horse" };

let box: string;
let server: Pop3Server;
const log = vi.fn<Pop3Options["log"]>();

beforeEach(async () => {
  box = mkdtempSync(join(tmpdir(), "pop3-"));
  for (const folder of ["tmp", "new", "cur"]) mkdirSync(join(box, folder));
  server = await start();
});

afterEach(async () => {
  await server.close(100);
  rmSync(box, { recursive: true });
  log.mockReset();
});

function start(options: Partial<Pop3Options> = {}): Promise<Pop3Server> {
  return startPop3Server(
    { host: "127.0.0.1", port: 0, name: "spoke.example.org", log, ...options },
    {
      open: (user, password) => {
        if (user === "broken") return Promise.reject(new Error("directory is locked"));
        const right = user === login.user && password === login.password;
        return Promise.resolve(right ? { maildirPath: box } : undefined);
      },
    },
  );
}

function put(name: string, content: string | Uint8Array, folder = "new"): void {
  writeFileSync(join(box, folder, name), content);
}

/** Sends bytes as they are, reads answers line by line. */
class RawClient {
  readonly socket: Socket;
  #text = "";

  constructor(port = server.port) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk) => {
      this.#text += chunk.toString("latin1");
    });
  }

  async line(): Promise<string> {
    await vi.waitFor(() => expect(this.#text).toContain("\n"), { timeout: 8000, interval: 5 });
    const [line = ""] = this.#text.split("\r\n", 1);
    this.#text = this.#text.slice(line.length + 2);
    return line;
  }

  async ask(text: string): Promise<string> {
    this.socket.write(`${text}\r\n`);
    return await this.line();
  }

  async login(): Promise<string> {
    await this.line();
    await this.ask(`USER ${login.user}`);
    return await this.ask(`PASS ${login.password}`);
  }

  /** Everything until the server ends the connection. */
  async rest(): Promise<string> {
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once("close", resolve));
    return this.#text;
  }
}

async function loggedIn(): Promise<RawClient> {
  const client = new RawClient();
  expect(await client.login()).toContain("+OK");
  return client;
}

async function withNodePop3<T>(use: (client: Pop3Command) => Promise<T>): Promise<T> {
  const client = new Pop3Command({ ...login, host: "127.0.0.1", port: server.port });
  const result = await use(client);
  await client.QUIT();
  return result;
}

describe("startPop3Server and the mailbox", () => {
  it("deletes nothing when the client drops before QUIT (M10)", async () => {
    for (let i = 10; i < 60; i++) put(`${i}.x.host`, "a\n");
    const client = await loggedIn();
    for (let i = 1; i <= 50; i++) expect(await client.ask(`DELE ${i}`)).toContain("+OK");
    client.socket.destroy();
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith("pop3-session", expect.objectContaining({ removed: 0 })));
    expect(readdirSync(join(box, "new"))).toHaveLength(50);
  });

  it("deletes 50 messages before it answers QUIT", async () => {
    for (let i = 10; i < 60; i++) put(`${i}.x.host`, "a\n");
    const client = await loggedIn();
    for (let i = 1; i <= 50; i++) await client.ask(`DELE ${i}`);
    expect(await client.ask("QUIT")).toBe("+OK Bye");
    expect(readdirSync(join(box, "new"))).toHaveLength(0);
  });

  it("gives the same UIDL after a restart and from new to cur, strange names too (M11)", async () => {
    const names = ["1.a.host", `2.${"x".repeat(80)}`, "3.é host"];
    for (const name of names) put(name, "a\n");
    const before = await withNodePop3((client) => client.UIDL());
    for (const name of names) renameSync(join(box, "new", name), join(box, "cur", `${name}:2,RS`));
    await server.close();
    server = await start();
    expect(await withNodePop3((client) => client.UIDL())).toEqual(before);
    for (const row of before) expect(row[1]).toMatch(/^[!-~]{1,70}$/);
  });

  it("follows a message that moves, misses one that is removed, and keeps its numbers", async () => {
    for (const name of ["1.a.host", "2.b.host", "3.c.host"]) put(name, `${name}\n`);
    const client = await loggedIn();
    renameSync(join(box, "new", "1.a.host"), join(box, "cur", "1.a.host:2,S"));
    unlinkSync(join(box, "new", "2.b.host"));
    put("0.late.host", "late\n");
    expect(await client.ask("RETR 1")).toBe("+OK 10 octets");
    expect([await client.line(), await client.line()]).toEqual(["1.a.host", "."]);
    expect(await client.ask("RETR 2")).toContain("-ERR [SYS/TEMP] Another program has removed");
    for (const number of [1, 2, 3]) expect(await client.ask(`DELE ${number}`)).toContain("+OK");
    expect(await client.ask("QUIT")).toBe("+OK Bye");
    expect([...readdirSync(join(box, "new")), ...readdirSync(join(box, "cur"))]).toEqual(["0.late.host"]);
  });

  it("is empty for somebody who never got mail", async () => {
    rmSync(box, { recursive: true });
    expect(await (await loggedIn()).ask("STAT")).toBe("+OK 0 0");
    mkdirSync(box);
  });

  it("is open to one session at a time, and free again when that drops", async () => {
    const first = await loggedIn();
    const second = new RawClient();
    expect(await second.login()).toContain("-ERR [IN-USE]");
    first.socket.destroy();
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith("pop3-session", expect.anything()));
    await second.ask(`USER ${login.user}`);
    expect(await second.ask(`PASS ${login.password}`)).toContain("+OK");
  });

  it("feeds 25 MB to a slow reader without taking them into memory", async () => {
    const line = `${"x".repeat(76)}\n`;
    put("1.big.host", line.repeat(325_000));
    const client = await loggedIn();
    client.socket.removeAllListeners("data");
    client.socket.pause();
    const before = process.memoryUsage.rss();
    client.socket.write("RETR 1\r\nQUIT\r\n");
    let received = 0;
    let peak = 0;
    for await (const chunk of client.socket) {
      if (received % 40 === 0) await sleep(1);
      received += (chunk as Buffer).length;
      peak = Math.max(peak, process.memoryUsage.rss() - before);
    }
    expect(received).toBe("+OK 25350000 octets\r\n".length + 325_000 * 78 + ".\r\n+OK Bye\r\n".length);
    expect(peak).toBeLessThan(60 * 1024 * 1024);
  });
});

describe("startPop3Server and bad clients", () => {
  it("answers pipelined commands in order, also when the client stops sending", async () => {
    put("1.a.host", "a\n");
    const client = new RawClient();
    client.socket.end(`USER ${login.user}\nPASS ${login.password}\nSTAT\nRETR 1\nDELE 1\nNOOP\n`);
    expect(await client.rest()).toMatch(
      /^\+OK spoke.*\r\n\+OK.*\r\n\+OK 1.*\r\n\+OK 1 3\r\n\+OK 3.*\r\na\r\n\.\r\n\+OK.*\r\n\+OK.*\r\n$/,
    );
    expect(readdirSync(join(box, "new"))).toHaveLength(1);
  });

  it("survives long lines, NUL and noise, and hangs up in the end", async () => {
    const client = new RawClient();
    await client.line();
    expect(await client.ask("x".repeat(3_000_000))).toBe("-ERR Line too long");
    expect(await client.ask("USER a\0b")).toContain("-ERR");
    expect(await client.ask("\x16\x03\x01")).toBe("-ERR Unknown command");
    client.socket.write("NONSENSE\r\n".repeat(30));
    expect((await client.rest()).split("\r\n").length).toBeLessThan(21);
    expect(await loggedIn()).toBeDefined();
  });

  it("makes 20 wrong passwords slow and hangs up after five", async () => {
    const client = new RawClient();
    await client.line();
    const begun = performance.now();
    client.socket.write("USER bob@example.org\r\nPASS wrong\r\n".repeat(20));
    const text = await client.rest();
    expect(text.match(/-ERR \[AUTH\]/g)).toHaveLength(5);
    expect(performance.now() - begun).toBeGreaterThan(4900);
    expect(log).toHaveBeenCalledWith("auth-failed", expect.objectContaining({ service: "pop3", person: login.user }));
    expect(JSON.stringify(log.mock.calls)).not.toContain("wrong\\");
  });

  it("says that it is a passing trouble when the store throws", async () => {
    const client = new RawClient();
    await client.line();
    await client.ask("USER broken");
    expect(await client.ask("PASS x")).toContain("-ERR [SYS/TEMP]");
    expect(log).toHaveBeenCalledWith("internal-error", expect.objectContaining({ error: "directory is locked" }));
  });

  it("turns away clients beyond the limit, and ends silent ones", async () => {
    await server.close();
    server = await start({ maxClients: 1, idleMs: 300 });
    const first = new RawClient();
    await first.line();
    expect(await new RawClient().line()).toContain("-ERR [SYS/TEMP] Too many");
    expect(await first.rest()).toBe("");
  });

  it("stops at once when its sessions are idle, and in time when one does not read", async () => {
    put("1.big.host", "x".repeat(20_000_000));
    const idle = new RawClient();
    await idle.line();
    const busy = await loggedIn();
    busy.socket.pause();
    busy.socket.write("RETR 1\r\n");
    await sleep(300);
    const begun = performance.now();
    await server.close(200);
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(log).toHaveBeenCalledWith("pop3-session", expect.objectContaining({ ended: "stopped" }));
  });
});
