import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommandLines, MAX_COMMAND_BYTES } from "./pop3-lines.ts";
import { Pop3Session } from "./pop3-session.ts";

const messages = [
  { uid: "u1", octets: 100 },
  { uid: "u2", octets: 20 },
  { uid: "u3", octets: 3 },
];

function loggedIn(): Pop3Session {
  const session = new Pop3Session({ name: "spoke", canSecure: false, isLoopback: true });
  session.receive("USER bob@example.org");
  session.receive("PASS secret");
  session.opened(messages);
  return session;
}

function text(session: Pop3Session, line: string): string {
  const step = session.receive(line);
  return "text" in step ? step.text : step.do;
}

describe("Pop3Session before login", () => {
  const loopback = { name: "spoke", canSecure: true, isLoopback: true };
  const outside = { ...loopback, isLoopback: false };

  it("asks for the mailbox once name and password are there; a password may hold blanks", () => {
    const session = new Pop3Session(loopback);
    expect(session.greeting()).toBe("+OK spoke POP3 ready");
    expect(session.receive("user bob@example.org")).toEqual({ do: "reply", text: "+OK Now the password" });
    expect(session.receive("PASS  two  words ")).toEqual({
      do: "open",
      login: "bob@example.org",
      password: " two  words ",
    });
  });

  it("refuses passwords on a network in the clear, and offers STLS instead", () => {
    const session = new Pop3Session(outside);
    expect(text(session, "USER bob")).toContain("-ERR [AUTH] Passwords are taken over TLS only");
    expect(text(session, "PASS x")).toContain("-ERR [AUTH]");
    expect(text(session, "CAPA")).toMatch(/\r\nSTLS\r\n\.$/);
    expect(text(session, "CAPA")).not.toContain("USER");
    expect(session.receive("STLS").do).toBe("start-tls");
    session.secured();
    expect(text(session, "CAPA")).toContain("\r\nUSER\r\n");
    expect(text(session, "CAPA")).not.toContain("STLS");
    expect(text(session, "STLS")).toContain("-ERR");
    expect(text(session, "USER bob")).toContain("+OK");
  });

  it("forgets the name that was given before TLS", () => {
    const session = new Pop3Session(loopback);
    session.receive("USER mallory");
    session.receive("STLS");
    session.secured();
    expect(text(session, "PASS x")).toBe("-ERR USER comes first");
  });

  it("slows down wrong passwords and hangs up at the fifth", () => {
    const session = new Pop3Session(loopback);
    for (let wrong = 1; wrong < 5; wrong++) {
      expect(session.refused("password")).toMatchObject({ do: "reply", pauseMs: 1000 });
      expect(text(session, "PASS again")).toBe("-ERR USER comes first");
    }
    expect(session.refused("password")).toMatchObject({ do: "hang-up", text: "-ERR [AUTH] Wrong name or password" });
  });

  it("names the other reasons by their codes", () => {
    const session = new Pop3Session(loopback);
    expect(session.refused("in-use")).toMatchObject({ do: "reply", text: expect.stringContaining("[IN-USE]") });
    expect(session.refused("trouble")).toMatchObject({ do: "reply", text: expect.stringContaining("[SYS/TEMP]") });
  });

  it.each(["STAT", "RETR 1", "DELE 1", "UIDL", "RSET", "NOOP"])("refuses %s", (line) => {
    expect(text(new Pop3Session(loopback), line)).toBe("-ERR Not now: log in first");
  });

  it("says good-bye without touching a mailbox", () => {
    expect(new Pop3Session(loopback).receive("QUIT")).toEqual({ do: "hang-up", text: "+OK Bye" });
  });
});

describe("Pop3Session after login", () => {
  it.each([
    ["STAT", "+OK 3 123"],
    ["LIST", "+OK 3 messages\r\n1 100\r\n2 20\r\n3 3\r\n."],
    ["LIST 2", "+OK 2 20"],
    ["UIDL", "+OK 3 messages\r\n1 u1\r\n2 u2\r\n3 u3\r\n."],
    ["uidl 3", "+OK 3 u3"],
    ["LIST 4", "-ERR No such message, there are 3"],
    ["LIST 0", "-ERR No such message, there are 3"],
    ["RETR 99999999999", "-ERR No such message, there are 3"],
    ["NOOP", "+OK Nothing done"],
    ["DELE", "-ERR Wrong arguments for DELE"],
    ["DELE 1 2", "-ERR Wrong arguments for DELE"],
    ["TOP 1", "-ERR Wrong arguments for TOP"],
    ["TOP 1 -1", "-ERR Wrong arguments for TOP"],
    ["STAT 1", "-ERR Wrong arguments for STAT"],
    ["USER bob", "-ERR Not now: you are logged in"],
    ["STLS", "-ERR Not now: you are logged in"],
    ["CONSTRUCTOR", "-ERR Unknown command"],
    ["", "-ERR Unknown command"],
    [" STAT", "-ERR Unknown command"],
    ["ST\0AT", "-ERR Unknown command"],
    ["GET / HTTP/1.1", "-ERR Unknown command"],
  ])("answers %j", (line, answer) => {
    expect(text(loggedIn(), line)).toBe(answer);
  });

  it("sends whole messages and tops", () => {
    expect(loggedIn().receive("RETR 1")).toEqual({ do: "send", index: 0, text: "+OK 100 octets" });
    expect(loggedIn().receive("TOP 3 10")).toMatchObject({ do: "send", index: 2, bodyLines: 10 });
  });

  it("marks with DELE, keeps numbers, unmarks with RSET", () => {
    const session = loggedIn();
    expect(text(session, "DELE 2")).toContain("+OK");
    expect(text(session, "DELE 2")).toBe("-ERR Message 2 is deleted");
    expect(text(session, "RETR 2")).toBe("-ERR Message 2 is deleted");
    expect(text(session, "STAT")).toBe("+OK 2 103");
    expect(text(session, "LIST")).toBe("+OK 2 messages\r\n1 100\r\n3 3\r\n.");
    session.receive("RSET");
    expect(text(session, "STAT")).toBe("+OK 3 123");
    expect(session.receive("QUIT")).toEqual({ do: "remove", indexes: [] });
  });

  it("removes at QUIT only, and says when that failed", () => {
    const session = loggedIn();
    session.receive("DELE 1");
    session.receive("DELE 3");
    expect(session.receive("QUIT")).toEqual({ do: "remove", indexes: [0, 2] });
    expect(session.removed(0)).toEqual({ do: "hang-up", text: "+OK Bye" });
    expect(session.removed(1)).toMatchObject({ do: "hang-up", text: expect.stringContaining("-ERR [SYS/TEMP] 1") });
  });

  it("hangs up on a peer that speaks something else", () => {
    const session = loggedIn();
    const steps = Array.from({ length: 21 }, () => session.receive(undefined).do);
    expect(steps.slice(0, 20)).toEqual(Array(20).fill("reply"));
    expect(steps[20]).toBe("hang-up");
  });

  it("answers any line in one line or one listing", () => {
    const line = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("STAT", "LIST", "DELE 1", "QUIT", "TOP 1 1"));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const session = loggedIn();
        for (const one of lines) {
          const step = session.receive(one);
          if ("text" in step) expect(step.text).toMatch(/^(\+OK|-ERR) [ -~]+(\r\n[ -~]+)*$/);
        }
      }),
    );
  });
});

describe("CommandLines", () => {
  it("gives the same lines however the bytes are cut", () => {
    const long = "x".repeat(MAX_COMMAND_BYTES + 1);
    const bytes = Buffer.from(`a\r\nb\n\n${long}\r\nc\rd\né\nrest`);
    const wanted = ["a", "b", "", undefined, "c\rd", "é"];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (size) => {
        const lines = new CommandLines();
        const got: (string | undefined)[] = [];
        for (let at = 0; at < bytes.length; at += size) got.push(...lines.feed(bytes.subarray(at, at + size)));
        expect(got).toEqual(wanted);
      }),
    );
  });

  it("takes a line of exactly the limit", () => {
    const line = "x".repeat(MAX_COMMAND_BYTES);
    expect([...new CommandLines().feed(Buffer.from(`${line}\n`))]).toEqual([line]);
  });
});
