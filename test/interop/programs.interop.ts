import { once } from "node:events";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NODE, ROOT } from "../support/node-process.ts";
import { flush, mailbox, startNode, queued as waiting } from "../support/star.ts";
import { has } from "./programs.ts";
import { filesIn, runningHub, scene, sendByMaildirqmtp } from "./scene.ts";
import { runProgram } from "./stand-ins.ts";

const PASSWORD = "correct horse";
const QRELAY = [join(ROOT, "qrelay.cjs")];
/** The last line lacks its newline, one is a dot, one is long, one is 8-bit. */
const TEXT = `.\n..\nZürich\nFrom me\n${"x".repeat(900)}\nend`;

/** An office with a person who has a password, and its daemon; SMTP at a port that its file tells. */
async function office() {
  const dir = await scene();
  const people = { hans: "kabul", secret: "kabul", holly: "herat" };
  const { star, hub } = await runningHub(dir, { offices: ["herat"], people, passwords: { holly: PASSWORD } });
  await flush(star.spoke("herat"), hub.port("link"));
  const toml = join(star.spoke("herat"), "spoke.toml");
  const known = (await readFile(toml, "utf8")).replace(
    /^smtp\.listen = .*$/m,
    `smtp.listen = "127.0.0.1:${await freePort()}"`,
  );
  await writeFile(toml, known);
  const spoke = await startNode("spoke", star.spoke("herat"));
  return { dir, spoke, smtp: spoke.port("smtp"), submission: spoke.port("submission") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const last = async (dir: string, name: string): Promise<string> =>
  (await filesIn(join(dir, "mailboxes", name, "Maildir"))).at(-1)?.toString() ?? "";

describe("POP3", () => {
  it("gives out what came by QMTP with NUL, bare CR and 8-bit bytes as it is", async () => {
    const { dir, spoke } = await office();
    const text = Buffer.from("Subject: odd\n\n\0one\0\n.\n\rtwo\r\xff\n", "latin1");
    const at = { host: "127.0.0.1", port: spoke.port("qmtp") };
    await sendByMaildirqmtp(dir, [{ sender: "s@stock.example", text }], ["holly@example.org"], at);
    const program = `
import poplib, sys
pop = poplib.POP3("127.0.0.1", ${spoke.port("pop3")}); pop.user("holly@example.org"); pop.pass_("${PASSWORD}")
print((b"\\r\\n".join(pop.retr(1)[1]) + b"\\r\\n").hex()); pop.quit()`;
    const said = await runProgram("python3", ["-c", program]);
    expect(said, said.err).toMatchObject({ code: 0 });
    const wire = Buffer.from(text.toString("latin1").replaceAll("\n", "\r\n"), "latin1");
    expect(Buffer.from(said.out.trim(), "hex").subarray(-wire.length).equals(wire)).toBe(true);
  });
});

describe("swaks", () => {
  it.skipIf(!has("swaks"))("submits plainly, and after STARTTLS and login, and is told who is unknown", async () => {
    const { spoke, smtp, submission } = await office();
    const plain = ["--server", `127.0.0.1:${smtp}`, "--from", "holly@example.org", "--to", "holly@example.org"];
    const said = await runProgram("swaks", [...plain, "--body", TEXT]);
    expect(said, said.out + said.err).toMatchObject({ code: 0 });
    expect(await last(spoke.dir, "holly")).toContain("\n.\n..\nZürich\nFrom me\n");
    for (const mechanism of ["PLAIN", "LOGIN"]) {
      const login = ["--tls", "--auth", mechanism, "--auth-user", "holly@example.org", "--auth-password", PASSWORD];
      const to = ["--server", `127.0.0.1:${submission}`, "--from", "holly@example.org", "--to", "x@elsewhere.example"];
      const secure = await runProgram("swaks", [...to, ...login]);
      expect(secure, secure.out + secure.err).toMatchObject({ code: 0 });
    }
    expect(await waiting(spoke.dir, "outbound")).toHaveLength(2);
    const unknown = ["--server", `127.0.0.1:${smtp}`, "--from", "a@b.example", "--to", "nobody@herat.example.org"];
    const refused = await runProgram("swaks", unknown);
    expect(refused.code).toBe(24);
    expect(refused.out).toMatch(/550 5\.1\.1 Nobody here has the name "nobody"/);
  });
});

describe("msmtp", () => {
  it.skipIf(!has("msmtp"))("submits with and without TLS, byte for byte below our lines", async () => {
    const { spoke, smtp, submission } = await office();
    const message = `From: holly@example.org\nTo: holly@example.org\nSubject: m\n\n${TEXT}\n`;
    const bare = ["--host=127.0.0.1", "--from=holly@example.org", "--logfile=-", "--tls-certcheck=off"];
    const plain = [...bare, `--port=${smtp}`, "--auth=off", "--tls=off", "holly@example.org"];
    const said = await runProgram("msmtp", plain, { input: message });
    expect(said, said.err).toMatchObject({ code: 0 });
    const login = ["--auth=plain", "--user=holly@example.org", `--passwordeval=echo ${PASSWORD}`];
    const tls = [...bare, `--port=${submission}`, "--tls=on", "--tls-starttls=on", ...login, "-t"];
    const secure = await runProgram("msmtp", tls, { input: message });
    expect(secure, secure.err).toMatchObject({ code: 0 });
    const files = await filesIn(join(spoke.dir, "mailboxes/holly/Maildir"));
    expect(files.map((file) => file.toString().endsWith(message.slice(message.indexOf("Subject: "))))).toEqual([
      true,
      true,
    ]);
  });
});

describe("qrelay sendmail", () => {
  it("takes what cron and mutt give it, with the daemon up and down", async () => {
    const { dir, spoke } = await office();
    const sendmail = (words: string[], input: string) =>
      runProgram(NODE, [...QRELAY, "sendmail", ...words], { input, env: { QRELAY_DIR: spoke.dir } });
    const up = await sendmail(["-oi", "-f", "holly@example.org", "--", "holly@example.org"], `Subject: up\n\n${TEXT}`);
    expect(up, up.err).toMatchObject({ code: 0 });
    expect(await last(spoke.dir, "holly")).toMatch(/Zürich\nFrom me\nx{900}\nend\n?$/);
    await spoke.stop();
    const header = "To: holly@example.org\nCc: hans@example.org\nBcc: secret@example.org\nSubject: down\n";
    const down = await sendmail(["-t", "-i", "-f", "holly@example.org"], `${header}\n${TEXT}`);
    expect(down, down.err).toMatchObject({ code: 0 });
    const again = await startNode("spoke", join(dir, "herat"));
    await expect.poll(() => mailbox(again.dir, "holly"), { timeout: 10_000 }).toHaveLength(2);
    const newest = await last(again.dir, "holly");
    expect(newest).toMatch(/Zürich\nFrom me\nx{900}\nend\n?$/);
    expect(newest).not.toContain("secret@");
    const [entry] = await waiting(again.dir, "outbound");
    expect(entry?.head).toContain("Delivered-To: secret@example.org");
  });

  it("reaches a daemon that has no SMTP listener, through its queue", async () => {
    const { spoke } = await office();
    await spoke.stop();
    const toml = join(spoke.dir, "spoke.toml");
    await writeFile(toml, (await readFile(toml, "utf8")).replace(/^smtp\.listen = .*$/m, 'smtp.listen = "off"'));
    await startNode("spoke", spoke.dir);
    const words = [...QRELAY, "sendmail", "-f", "holly@example.org", "holly"];
    const said = await runProgram(NODE, words, { input: "Subject: x\n\ny\n", env: { QRELAY_DIR: spoke.dir } });
    expect(said, said.err).toMatchObject({ code: 0 });
    await expect.poll(() => mailbox(spoke.dir, "holly"), { timeout: 20_000 }).toHaveLength(1);
  });

  it.skipIf(!has("mutt"))("serves mutt with an attachment in the place of /usr/sbin/sendmail", async () => {
    const { dir, spoke } = await office();
    const picture = join(dir, "büro.png");
    await writeFile(picture, Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256)));
    const wrapper = join(dir, "sendmail");
    await writeFile(wrapper, `#!/bin/sh\nexec "${NODE}" "${QRELAY[0]}" sendmail --dir "${spoke.dir}" "$@"\n`);
    await chmod(wrapper, 0o755);
    const settings = [
      `set sendmail="${wrapper} -oem -oi"`,
      "set copy=no",
      'set from="holly@example.org"',
      "set use_envelope_from",
    ];
    await writeFile(join(dir, "muttrc"), settings.join("\n"));
    const words = [
      "-F",
      join(dir, "muttrc"),
      "-s",
      "Grüße",
      "-a",
      picture,
      "--",
      "holly@example.org",
      "x@elsewhere.example",
    ];
    const env = { HOME: dir, LC_ALL: "C.UTF-8" };
    const said = await runProgram("mutt", words, { input: `${TEXT}\n`, env });
    expect(said, said.err).toMatchObject({ code: 0 });
    // Two places: the message is acknowledged in queue/sorting, and delivered a moment later.
    await expect
      .poll(() => last(spoke.dir, "holly"), { timeout: 10_000 })
      .toContain("Return-Path: <holly@example.org>");
    const text = await last(spoke.dir, "holly");
    const encoded = /filename[\s\S]*?\n\n([A-Za-z0-9+/=\n]+)/.exec(text)?.[1] ?? "";
    expect(Buffer.from(encoded, "base64").equals(await readFile(picture))).toBe(true);
    await expect.poll(() => waiting(spoke.dir, "outbound"), { timeout: 10_000 }).toHaveLength(1);
  });

  it.skipIf(!has("mutt"))("mutt submits by itself over SMTP as well", async () => {
    const { dir, spoke, submission } = await office();
    const url = `smtp://holly%40example.org@127.0.0.1:${submission}/`;
    const settings = [
      `set smtp_url="${url}"`,
      `set smtp_pass="${PASSWORD}"`,
      "set copy=no",
      'set from="holly@example.org"',
      "set ssl_starttls=yes",
      "unset ssl_verify_host",
      `set certificate_file="${join(spoke.dir, "tls-cert.pem")}"`,
    ];
    await writeFile(join(dir, "muttrc"), settings.join("\n"));
    const words = ["-F", join(dir, "muttrc"), "-s", "direct", "--", "holly@example.org"];
    const said = await runProgram("mutt", words, { input: `${TEXT}\n`, env: { HOME: dir, LC_ALL: "C.UTF-8" } });
    expect(said, said.err).toMatchObject({ code: 0 });
    expect(await last(spoke.dir, "holly")).toMatch(/with ESMTPSA id/);
  });
});
