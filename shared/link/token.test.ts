import { describe, expect, it } from "vitest";
import { decodeToken, encodeToken, isHostPort, type JoinToken, newKey } from "./token.ts";

const TOKEN: JoinToken = {
  domains: ["example.org", "example.net"],
  office: "mazar",
  host: "mazar.example.org",
  hub: "kabul.example.org",
  addresses: ["kabul.example.org:6209", "[2001:db8::1]:6209"],
  key: newKey(() => new Uint8Array(32).fill(7)),
};

function encode(change: Record<string, unknown>): string {
  return `qr1.${Buffer.from(JSON.stringify({ ...TOKEN, ...change })).toString("base64url")}`;
}

describe("the join token", () => {
  it("comes back as it was, whatever space was copied with it", () => {
    const text = encodeToken(TOKEN);
    expect(text).toMatch(/^qr1\.[A-Za-z0-9_-]+$/);
    expect(decodeToken(` ${text}\n`)).toEqual({ token: TOKEN });
  });

  it.each([
    ["", /begin with "qr1\."/],
    ["qr2.abc", /begin with "qr1\."/],
    ["qr1.", /cut short/],
    ["qr1.a b", /cut short/],
    [encodeToken(TOKEN).slice(0, -20), /cut short/],
    [`qr1.${"A".repeat(30_000)}`, /longer than/],
    [encode({ domains: [] }), /domains/],
    [encode({ domains: ["a b"] }), /domains\.0 is not a host name/],
    [encode({ office: "../x" }), /office is not an office name/],
    [encode({ host: "Mazar.example.org" }), /host is not a host name/],
    [encode({ addresses: ["kabul.example.org"] }), /addresses\.0 is not HOST:PORT/],
    [encode({ key: "short" }), /key is not a key of 32 bytes/],
    [encode({ hub: undefined }), /hub/],
    [encode({ more: 1 }), /more/],
  ])("says why %j cannot be used", (text, reason) => {
    expect(decodeToken(text)).toEqual({ problem: expect.stringMatching(reason) });
  });

  it("never shows the key in a problem", () => {
    const read = decodeToken(encode({ key: `${TOKEN.key}x` }));
    expect(JSON.stringify(read)).not.toContain(TOKEN.key);
  });
});

describe("newKey", () => {
  it("is 32 random bytes", () => {
    expect(Buffer.from(newKey(), "base64url")).toHaveLength(32);
    expect(newKey()).not.toBe(newKey());
  });
});

describe("isHostPort", () => {
  it.each(["a.example:25", "127.0.0.1:6209", "[::1]:1", "localhost:65535"])("allows %j", (text) =>
    expect(isHostPort(text)).toBe(true),
  );
  it.each(["a.example", "a.example:0", "a.example:65536", "::1:25", "a b:25", ":25", "a:25\n"])("refuses %j", (text) =>
    expect(isHostPort(text)).toBe(false),
  );
});
