import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { applySet } from "./set-key.ts";

describe("applySet", () => {
  it.each([
    ["smtp.listen=127.0.0.1:0", { smtp: { listen: "127.0.0.1:0" } }],
    ["limits.connections=5", { limits: { connections: 5 } }],
    ["x.y=true", { x: { y: true } }],
    ['domains=["a.org", "b.org"]', { domains: ["a.org", "b.org"] }],
    ['host="a.org"', { host: "a.org" }],
    ["queue.lifetime=5d", { queue: { lifetime: "5d" } }],
    ["lan.interface=inf", { lan: { interface: "inf" } }],
    ["queue.prefix=", { queue: { prefix: "" } }],
    ['a=1\nb="two', { a: '1\nb="two' }],
    ["connect=tls://h:1?x=y", { connect: "tls://h:1?x=y" }],
  ])("writes %j into an empty file", (assignment, value) => {
    expect(parse(applySet("", assignment))).toEqual(value);
  });

  it("replaces only the value, wherever the key stands", () => {
    const text = '# top\nsmtp.listen = [\n "1.2.3.4:25",\n] # mail\n\n[limits]\nmessage = "25M" # big\n';
    expect(applySet(text, "smtp.listen=off")).toBe(
      '# top\nsmtp.listen = "off" # mail\n\n[limits]\nmessage = "25M" # big\n',
    );
    expect(applySet(text, "limits.message=1M")).toContain('\nmessage = "1M" # big\n');
  });

  it("writes a new key beside its comment, under its table, or before the first table", () => {
    expect(applySet('# smtp.listen = "off"\na = 1\n', "smtp.listen=x")).toBe(
      '# smtp.listen = "off"\nsmtp.listen = "x"\na = 1\n',
    );
    expect(applySet("[limits]\nmessage = 1\n", "limits.connections=2")).toBe(
      "[limits]\nconnections = 2\nmessage = 1\n",
    );
    expect(applySet("a = 1 # one\n\n# links\n[[link]]\nb = 2\n", "c=3")).toBe(
      "a = 1 # one\nc = 3\n\n# links\n[[link]]\nb = 2\n",
    );
    expect(applySet("a = 1", "c=3")).toBe("a = 1\nc = 3\n");
    expect(applySet("[t]", "t.c=3")).toBe("[t]\nc = 3\n");
  });

  it("reaches the only element of an array of tables without an index", () => {
    const text = '[[link]]\nname = "hub"\nwindows = []\n';
    expect(parse(applySet(applySet(text, "link.windows=always"), "link.duplex=half"))).toEqual({
      link: [{ duplex: "half", name: "hub", windows: "always" }],
    });
  });

  it.each([
    ["", "no assignment"],
    ["", "=5"],
    ["", "a b=5"],
    ["", "a..b=5"],
    ["[[link]]\nname = 1\n", "link=5"],
    ["smtp.listen = 1\n", "smtp=5"],
    ["[[link]]\nname = 1\n[[link]]\nname = 2\n", "link.name=5"],
    ["[[link]]\nname = 1\n[[link]]\nname = 2\n", "link.duplex=half"],
  ])("refuses with 64, in %j: %j", (text, assignment) => {
    expect(() => applySet(text, assignment)).toThrow(expect.objectContaining({ exit: 64 }));
  });
});
