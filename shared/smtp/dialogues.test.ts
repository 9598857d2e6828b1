import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "./test-support.ts";

const FOLDER = new URL("./dialogues/", import.meta.url);
const REPLY_MS = 8_000;

describe("SMTP dialogue", () => {
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".txt"))) {
    it(name.replace(/\.txt$/, ""), async () => runDialogue(readFileSync(new URL(name, FOLDER), "utf8")));
  }
});

async function runDialogue(script: string): Promise<void> {
  const lines = script.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const settings = new Map<string, string>();
  for (const line of lines.filter((line) => line.startsWith("@"))) {
    for (const word of line.slice(1).trim().split(/ +/)) settings.set(...(word.split("=") as [string, string]));
  }
  const server = await startTestServer(
    {
      kind: settings.get("kind") === "submission" ? "submission" : "smtp",
      maxMessage: Number(settings.get("max") ?? 100_000),
    },
    { relay: settings.get("relay") === "yes" },
  );
  const wire = new Wire(connect(server.port, "127.0.0.1"));
  try {
    for (const line of lines.filter((line) => !line.startsWith("@"))) await step(line, wire, server);
  } finally {
    wire.socket.destroy();
    await server.close(0);
  }
}

async function step(line: string, wire: Wire, server: TestServer): Promise<void> {
  const text = line.slice(2).trimStart();
  const last = server.kept.at(-1);
  switch (line.slice(0, 2)) {
    case "C:":
      return wire.send(Buffer.concat([bytes(text), Buffer.from("\r\n")]));
    case "W:":
      return wire.send(bytes(text));
    case "S:":
      return expect((await wire.reply()).at(-1), `reply expected: ${text}`).toMatch(new RegExp(`^${literally(text)}`));
    case "L:":
      return expect(wire.last.map((said) => said.slice(4))).toContain(text);
    case "N:":
      return expect(wire.last.filter((said) => said.slice(4).startsWith(text))).toEqual([]);
    case "P:":
      return new Promise((resolve) => setTimeout(resolve, Number(text)));
    case "H:":
      return void wire.socket.end();
    case "X:":
      return expect(await wire.rest()).toBe("");
    case "K:":
      return expect(server.kept.length, "messages kept").toBe(Number(text));
    case "T:":
      return expect(last?.text.toString("latin1")).toBe(bytes(text).toString("latin1"));
    case "E:":
      return expect(last?.envelope).toMatchObject(JSON.parse(text));
    default:
      throw new Error(`Unknown dialogue line: ${line}`);
  }
}

class Wire {
  readonly socket: Socket;
  last: string[] = [];
  #text = "";
  #closed: boolean = false;
  #wake = (): void => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString("utf8");
      this.#wake();
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
    // A reset is how a server may close on us; the dialogue says what it wants with X.
    socket.on("error", () => {});
  }

  send(data: Buffer): void {
    this.socket.write(data);
  }

  async reply(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end).replace(/\r$/, "");
        this.#text = this.#text.slice(end + 1);
        lines.push(line);
        if (!/^\d{3}-/.test(line)) break;
      } else if (this.#closed) {
        lines.push("(closed)");
        break;
      } else if (!(await this.#change())) {
        lines.push("(silence)");
        break;
      }
    }
    this.last = lines;
    return lines;
  }

  async rest(): Promise<string> {
    while (!this.#closed && (await this.#change()));
    return this.#closed ? this.#text : `${this.#text}(still open)`;
  }

  #change(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), REPLY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

function bytes(text: string): Buffer {
  const parts = text.split(/(\\\{\d+:(?:[^}]*)\}|\\x[0-9a-fA-F]{2}|\\.)/);
  return Buffer.concat(parts.map((part) => (part.startsWith("\\") ? escaped(part) : Buffer.from(part))));
}

function escaped(part: string): Buffer {
  const repeat = /^\\\{(\d+):(.*)\}$/.exec(part);
  if (repeat !== null) return Buffer.concat(Array(Number(repeat[1])).fill(bytes(repeat[2] ?? "")));
  const named: Record<string, number> = { r: 13, n: 10, t: 9, "0": 0, "\\": 92 };
  const code = part.startsWith("\\x") ? Number.parseInt(part.slice(2), 16) : named[part.slice(1)];
  if (code === undefined) throw new Error(`Unknown escape ${part}`);
  return Buffer.of(code);
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
