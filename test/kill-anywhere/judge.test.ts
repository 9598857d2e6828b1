import { describe, expect, it } from "vitest";
import type { StoredMessage } from "../support/read-mailbox.ts";
import { type Found, judge } from "./judge.ts";
import { type Letter, newLetter, type Place, textOf } from "./letter.ts";

const ID = "AAAAAAAAAAAAAAAA";
const OTHER = "BBBBBBBBBBBBBBBB";
const MAILBOX: Place = { at: "spoke", mailbox: "bashir", report: false };
const INTERNET: Place = { at: "internet", mailbox: "", report: false };
const REPORT: Place = { at: "hub", mailbox: "alice", report: true };

function sent(to: string, tries = 1, promised = true): Letter {
  const letter = newLetter("letter-1", "hub", "alice@example.org", [to]);
  for (const recipient of letter.recipients) Object.assign(recipient, { tries, promised });
  return letter;
}

let files = 0;

function copy(letter: Letter, place: Place, id = ID, second = 0, text = textOf(letter)): Found {
  const received = `Received: from a\n  by kabul.example.org with ESMTP id ${id}; at ${second}`;
  const [head = "", body = ""] = text.split(/\n\n([\s\S]*)/);
  const to = letter.recipients.map(({ address }) => address).join(",");
  const whole = `X-Sink-To: ${to}\n${received}\n${head}`;
  files += 1;
  const message: StoredMessage = { path: `file ${files}`, head: whole, body, header: () => to };
  return { place, message };
}

describe("the judge of a case", () => {
  const letter = sent("bashir@example.org");
  const outside = sent("x@outside.example");
  const refused = sent("refuse@outside.example");
  const report = (id: string): Found =>
    copy(refused, REPORT, id, 0, `Subject: failed\n\nrefuse@outside.example\n${textOf(refused)}`);

  it("finds nothing when every copy is where it belongs, once", () => {
    const found = [copy(letter, MAILBOX), copy(outside, INTERNET), report(ID)];
    expect(judge([letter, outside, refused], found)).toEqual({
      stake: 3,
      promised: 3,
      lost: [],
      doubled: [],
      wrong: [],
      repeats: 0,
    });
  });

  it("finds what was promised and is nowhere", () => {
    expect(judge([letter, refused], []).lost).toHaveLength(2);
  });

  it("finds a second copy, whatever its id", () => {
    expect(judge([letter], [copy(letter, MAILBOX), copy(letter, MAILBOX)]).doubled).toHaveLength(1);
    expect(judge([letter], [copy(letter, MAILBOX), copy(letter, MAILBOX, OTHER)]).doubled).toHaveLength(1);
    expect(judge([refused], [report(ID), report(OTHER)]).doubled).toHaveLength(1);
  });

  it("allows a client that asked twice two copies, but not two of one acceptance", () => {
    const twice = sent("bashir@example.org", 2);
    expect(judge([twice], [copy(twice, MAILBOX), copy(twice, MAILBOX, OTHER)])).toMatchObject({
      doubled: [],
      repeats: 1,
    });
    expect(judge([twice], [copy(twice, MAILBOX), copy(twice, MAILBOX)]).doubled).toHaveLength(1);
  });

  it("allows the Internet a second attempt, but not a message that was taken twice", () => {
    const attempt = copy(outside, INTERNET);
    expect(judge([outside], [attempt, attempt])).toMatchObject({ doubled: [], repeats: 1 });
    expect(judge([outside], [attempt, copy(outside, INTERNET, ID, 60)]).doubled).toHaveLength(1);
  });

  it("finds what is torn, astray or was never accepted", () => {
    const torn = copy(letter, MAILBOX, ID, 0, textOf(letter).slice(0, -5));
    expect(judge([letter], [torn]).wrong).toEqual([expect.stringContaining("torn")]);
    expect(judge([letter], [copy(letter, MAILBOX), copy(letter, REPORT)]).wrong).toEqual([
      expect.stringContaining("astray"),
    ]);
    const open = sent("bashir@example.org", 2, false);
    expect(judge([open], []).wrong).toEqual([expect.stringContaining("never accepted")]);
  });
});
