import { request as httpRequest } from "node:http";
import { networkInterfaces } from "node:os";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { serveHttp } from "#hub/http/serve.js";
import { type TestHub, testHub } from "#hub/link/test-hub.js";
import { hashPassword } from "#shared/mailbox/passwords.js";
import type { HttpListener } from "#shared/web/health.js";

const PASSWORD = "correct horse: é";
const INSTRUCTIONS = "/api/v1/me/instructions";

/** An address of this machine that is not loopback. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === "IPv4" && !one.internal)?.address;

let hub: TestHub;
let http: HttpListener;
let now = 0;

beforeEach(async () => {
  hub = await testHub();
  hub.directory.people.setPassword("holly", await hashPassword(PASSWORD));
  hub.directory.people.setPassword("omid", await hashPassword("another password"));
  now = 1_000_000;
  http = await serveHttp({ host: "127.0.0.1", port: 0 }, { ...hub, now: () => now });
});
afterEach(() => http.close());

interface Ask {
  readonly login?: string;
  readonly password?: string;
  readonly body?: string;
  readonly type?: string;
}

async function ask(method: string, path: string, given: Ask = {}) {
  const { login = "holly@example.org", password = PASSWORD, body, type = "application/json" } = given;
  const answer = await fetch(`http://127.0.0.1:${http.port}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`,
      ...(body === undefined ? {} : { "content-type": type }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : JSON.parse(text) };
}

const put = (lines: readonly string[], query = "", more: Ask = {}) =>
  ask("PUT", `${INSTRUCTIONS}${query}`, { ...more, body: JSON.stringify({ lines }) });

describe("a person's own instructions over HTTP", () => {
  it("are set, shown and removed, and routing sees them with its next question", async () => {
    expect(await put(["./", "&holly@example.net"])).toMatchObject({
      status: 200,
      body: { extension: "", lines: ["./", "&holly@example.net"] },
    });
    expect((await put(["omid"], "?extension=news")).status).toBe(200);
    expect((await ask("GET", INSTRUCTIONS)).body).toEqual({
      instructions: [
        { extension: "", lines: ["./", "&holly@example.net"] },
        { extension: "news", lines: ["omid"] },
      ],
    });
    const routed = hub.route("holly@example.org", { relay: true });
    expect(routed).toMatchObject({
      destinations: [{ recipient: "holly@example.net" }, { recipient: "holly@herat.example.org" }],
    });
    expect((await ask("DELETE", INSTRUCTIONS)).status).toBe(204);
    expect((await ask("DELETE", INSTRUCTIONS)).status).toBe(404);
    expect(hub.directory.instructions.list()).toHaveLength(1);
  });

  it("are hers alone", async () => {
    await put(["./"]);
    const omid = { login: "omid@example.org", password: "another password" };
    expect((await ask("GET", INSTRUCTIONS, omid)).body).toEqual({ instructions: [] });
    await put(["holly"], "", omid);
    expect(hub.directory.instructions.list("holly")).toMatchObject([{ text: "./" }]);
  });

  it.each<[what: string, lines: string[], query: string, status: number, detail: RegExp]>([
    ["a program", ["./", "|vacation"], "", 403, /"vacation" is a program/],
    ["a program inside a line", ["./\n|vacation"], "", 403, /"vacation" is a program/],
    ["an address that leads nowhere", ["nobody"], "", 422, /nobody leads nowhere/],
    ["a file", ["/etc/passwd"], "", 422, /files are not written/],
    ["no line", [], "", 422, /lines/],
    ["a strange extension", ["./"], "?extension=a/b", 422, /wanted letters, digits/],
    ["another parameter", ["./"], "?person=omid", 422, /person/],
  ])("refuse %s", async (_what, lines, query, status, detail) => {
    const answer = await put(lines, query);
    expect(answer).toMatchObject({ status, body: { status, detail: expect.stringMatching(detail) } });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(hub.directory.instructions.list()).toEqual([]);
  });

  it.each<[what: string, body: string, type: string, status: number]>([
    ["another type than JSON", '{"lines":["./"]}', "text/plain", 415],
    ["a form", "lines=./", "application/x-www-form-urlencoded", 415],
    ["broken JSON", '{"lines":', "application/json", 400],
    ["too large a body", JSON.stringify({ lines: ["x".repeat(20_000)] }), "application/json", 413],
  ])("refuse %s", async (_what, body, type, status) => {
    expect((await ask("PUT", INSTRUCTIONS, { body, type })).status).toBe(status);
  });
});

describe("the login of the API", () => {
  it.each<[what: string, given: Ask]>([
    ["a wrong password", { password: "wrong password" }],
    ["an unknown person", { login: "nobody@example.org" }],
    ["another domain", { login: "holly@example.net" }],
    ["somebody without a password", { login: "ali@example.org" }],
  ])("refuses %s with the same words", async (_what, given) => {
    const answer = await ask("GET", INSTRUCTIONS, given);
    expect(answer).toMatchObject({
      status: 401,
      body: { title: "A login is needed", detail: "Unknown address, wrong password, or suspended" },
    });
    expect(answer.headers.get("www-authenticate")).toContain("Basic");
    expect(hub.events.at(-1)).toMatchObject({ event: "auth-failed", fields: { service: "http" } });
  });

  it("refuses who is suspended, and no login at all", async () => {
    hub.directory.people.suspend("holly", true);
    expect((await ask("GET", INSTRUCTIONS)).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${http.port}${INSTRUCTIONS}`)).status).toBe(401);
  });

  it("makes a login wait after five wrong passwords, longer each time, and nobody else", async () => {
    for (let count = 0; count < 5; count += 1)
      expect((await ask("GET", INSTRUCTIONS, { password: "wrong password" })).status).toBe(401);
    const answer = await ask("GET", INSTRUCTIONS);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "5"]);
    expect((await ask("GET", INSTRUCTIONS, { login: "omid@example.org", password: "another password" })).status).toBe(
      200,
    );
    now += 5_000;
    expect((await ask("GET", INSTRUCTIONS, { password: "wrong password" })).status).toBe(401);
    expect((await ask("GET", INSTRUCTIONS)).headers.get("retry-after")).toBe("10");
    now += 10_000;
    expect((await ask("GET", INSTRUCTIONS)).status).toBe(200);
    expect((await ask("GET", INSTRUCTIONS)).status).toBe(200);
  });

  it.skipIf(outside === undefined)("takes no password from another machine", async () => {
    const all = await serveHttp({ host: "0.0.0.0", port: 0 }, { ...hub, now: () => now });
    onTestFinished(() => all.close());
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = httpRequest({ host: outside, port: all.port, path: INSTRUCTIONS, localAddress: outside }, (got) => {
        got.resume();
        resolve(got.statusCode);
      });
      asked.on("error", reject).end();
    });
    expect(status).toBe(403);
  });

  it("says nothing of what nobody foresaw, and logs it", async () => {
    hub.directory.instructions.list = () => {
      throw new Error("the disk is on fire");
    };
    const answer = await ask("GET", INSTRUCTIONS);
    expect(answer).toMatchObject({ status: 500 });
    expect(JSON.stringify(answer.body)).not.toContain("fire");
    expect(hub.events.at(-1)).toMatchObject({
      event: "internal-error",
      fields: { text: "Error: the disk is on fire" },
    });
  });
});
