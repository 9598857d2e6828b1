import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import Pop3Command from "node-pop3";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Pop3Options, type Pop3Server, startPop3Server } from "./pop3.ts";

const run = promisify(execFile);
const login = { user: "bob@example.org", password: "correct horse" };
const log = vi.fn<Pop3Options["log"]>();

let box: string;
let server: Pop3Server;

beforeEach(async () => {
  box = mkdtempSync(join(tmpdir(), "pop3-"));
  for (const folder of ["tmp", "new", "cur"]) mkdirSync(join(box, folder));
  const keys = await generate([{ name: "commonName", value: "localhost" }], { keySize: 2048 });
  const tls = { key: keys.private, cert: keys.cert };
  server = await startPop3Server(
    { host: "127.0.0.1", port: 0, name: "spoke.example.org", log, tls },
    {
      open: (user, password) =>
        Promise.resolve(user === login.user && password === login.password ? { maildirPath: box } : undefined),
    },
  );
});

afterEach(async () => {
  await server.close(100);
  rmSync(box, { recursive: true });
  log.mockReset();
});

function put(name: string, content: string, folder = "new"): void {
  writeFileSync(join(box, folder, name), content);
}

describe("startPop3Server with other people's clients", () => {
  it("serves node-pop3: list, read, delete at QUIT", async () => {
    put("1.a.host", "Subject: one\n\n.dot\n..dots\nlast");
    put("2.b.host:2,S", "Subject: two\n\nbody\n", "cur");
    const client = new Pop3Command({ ...login, host: "127.0.0.1", port: server.port });
    expect(await client.UIDL()).toEqual([
      ["1", "1.a.host"],
      ["2", "2.b.host"],
    ]);
    expect(await client.LIST()).toEqual([
      ["1", "36"],
      ["2", "22"],
    ]);
    expect(await client.STAT()).toBe("2 58");
    // This client leaves the doubled dots in, and takes off the last line end with the final dot.
    expect(await client.RETR(1)).toBe("Subject: one\r\n\r\n..dot\r\n...dots\r\nlast");
    expect((await client.TOP(2, 0)).trimEnd()).toBe("Subject: two");
    await client.command("DELE", "1");
    expect(readdirSync(join(box, "new"))).toEqual(["1.a.host"]);
    await client.QUIT();
    expect(readdirSync(join(box, "new"))).toEqual([]);
    const ended = { person: login.user, ended: "quit", sent: 2, removed: 1 };
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith("pop3-session", expect.objectContaining(ended)));
  });

  it("leaves out links and directories, and reports them", async () => {
    put("1.a.host", "a\n");
    symlinkSync("/etc/passwd", join(box, "new", "2.link.host"));
    mkdirSync(join(box, "new", "3.dir.host"));
    const client = new Pop3Command({ ...login, host: "127.0.0.1", port: server.port });
    expect(await client.UIDL()).toEqual([["1", "1.a.host"]]);
    await client.QUIT();
    expect(log.mock.calls.filter(([event]) => event === "internal-error")).toHaveLength(2);
  });

  it("serves python's poplib through STLS", async () => {
    put("1.a.host", "Subject: é\n\n.\n\rx\n");
    const program = `
import poplib, ssl, sys
c = poplib.POP3("127.0.0.1", ${server.port}); c.capa()
x = ssl.create_default_context(); x.check_hostname = False; x.verify_mode = ssl.CERT_NONE
c.stls(x); caps = c.capa(); c.user("${login.user}"); c.pass_("${login.password}")
print("STLS" in caps, "UIDL" in caps, c.stat(), c.retr(1)[1], c.top(1, 0)[1]); c.quit()`;
    const { stdout } = await run("python3", ["-c", program]);
    const lines = "[b'Subject: \\xc3\\xa9', b'', b'.', b'\\rx']";
    expect(stdout.trim()).toBe(`False True (1, 22) ${lines} [b'Subject: \\xc3\\xa9', b'']`);
  });
});

describe("startPop3Server and STLS", () => {
  async function stls(behind = ""): Promise<Socket> {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "data");
    socket.write(`STLS\r\n${behind}`);
    expect(String((await once(socket, "data"))[0])).toBe("+OK Begin TLS\r\n");
    return socket;
  }

  it("drops what was sent in the clear behind it", async () => {
    const socket = await stls(`USER ${login.user}\r\nPASS ${login.password}\r\nSTAT\r\n`);
    const secure = connectTls({ socket, rejectUnauthorized: false });
    secure.write("STAT\r\n");
    expect(String((await once(secure, "data"))[0])).toBe("-ERR Not now: log in first\r\n");
    secure.destroy();
  });

  it("reports a client that gives up in the handshake", async () => {
    const socket = await stls();
    socket.resume().end();
    await once(socket, "close");
    expect(log).toHaveBeenCalledWith(
      "auth-failed",
      expect.objectContaining({ reason: expect.stringMatching(/^TLS: /) }),
    );
  });
});
