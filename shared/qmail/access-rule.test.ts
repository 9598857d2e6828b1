import { describe, expect, it } from "vitest";
import { compileRules, permit } from "#shared/config/rules.js";
import { readAccessRules } from "./access-rule.ts";
import { saidOf, sourceOf } from "./test-source.ts";

function read(text: string) {
  return readAccessRules(sourceOf(`${text}\n`), "smtp");
}

describe("readAccessRules, tcprules", () => {
  it.each<[text: string, networks: string[], allow: boolean, relay: boolean]>([
    ['127.:allow,RELAYCLIENT=""', ["127.0.0.0/8"], true, true],
    ["10.1.2.3:deny", ["10.1.2.3"], false, false],
    ["10.1.:allow", ["10.1.0.0/16"], true, false],
    [":allow", ["0.0.0.0/0", "::/0"], true, false],
    ["10.2-3.:allow", ["10.2.0.0/15"], true, false],
    ["1.2.3.37-53:deny", ["1.2.3.37", "1.2.3.38/31", "1.2.3.40/29", "1.2.3.48/30", "1.2.3.52/31"], false, false],
    ["1.2.3.254-300:deny", ["1.2.3.254/31"], false, false],
    ["10.2-3.4.:deny", ["10.2.4.0/24", "10.3.4.0/24"], false, false],
    ["1.2.3.4:allow,RELAYCLIENT=//", ["1.2.3.4"], true, true],
    ['1.2.3.4:deny,RELAYCLIENT=""', ["1.2.3.4"], false, false],
  ])("reads %j", (text, networks, allow, relay) => {
    expect(read(text)).toMatchObject({ records: [{ line: 1, networks, allow, relay }], problems: [] });
  });

  it.each<[text: string, said: RegExp, rules: number]>([
    ["no colon", /^1 left: a line without a colon/, 0],
    ["=.example.org:allow", /^1 left: a rule by a host name/, 0],
    ["joe@1.2.3.4:allow", /^1 left: a rule by what identd says/, 0],
    ["1.2.3.9-5:deny", /^1 left: the range 9-5 is empty/, 0],
    ["1.2-3.4-5.:deny", /^1 left: two ranges/, 0],
    ['10.:allow, RELAYCLIENT=""', /^1 left: a blank before RELAYCLIENT/, 1],
    ['10.:allow,DATABYTES="1"', /^1 left: the variable DATABYTES/, 1],
    ['10.:allow,RELAYCLIENT="@fix.example"', /^1 left: .*rewrites/, 1],
    ["10.:Allow", /^1 bad: "Allow" is no instruction/, 0],
    ["10.: allow", /^1 bad/, 0],
    ["10.:allow,X", /^1 bad: .*no variable/, 0],
    ['10.:allow,X="1', /^1 bad: .*no variable/, 0],
    ["300.:allow", /^1 bad: .*no address/, 0],
    ["1.2.3.4.5:allow", /^1 bad: .*no address/, 0],
    ["foo:allow", /^1 bad: .*no address/, 0],
    [':allow,RELAYCLIENT=""', /^1 bad: .*open relay/, 0],
  ])("tells %j", (text, said, rules) => {
    const found = read(text);
    expect(saidOf(found)).toEqual([expect.stringMatching(said)]);
    expect(found.records).toHaveLength(rules);
    expect(found.records.some(({ relay }) => relay)).toBe(false);
  });

  it("lets the first of two lines for one address count, also inside a range", () => {
    const found = read("1.2.3.4-7:allow\n1.2.3.5:deny\n1.2.3.6-9:deny");
    expect(found.records.map(({ line, networks }) => [line, networks])).toEqual([
      [1, ["1.2.3.4/30"]],
      [3, ["1.2.3.8/31"]],
    ]);
    expect(saidOf(found)).toEqual(["2 left: line 1 is for the same address, and the first one counts"]);
  });

  it("does not let a narrow rule take the relaying of a wide one, as tcpserver never did", () => {
    const rules = read('10.:allow,RELAYCLIENT=""\n10.1.2.:allow\n:deny').records.flatMap(({ networks, allow, relay }) =>
      networks.map((from) => ({ from, allow, relay })),
    );
    const may = (ip: string) => permit(compileRules(rules), ip, { allow: true, relay: false });
    expect(may("10.9.9.9")).toEqual({ allow: true, relay: true });
    expect(may("10.1.2.3")).toEqual({ allow: true, relay: false });
    expect(may("192.0.2.1").allow).toBe(false);
  });
});

describe("readAccessRules, hosts.allow", () => {
  it.each<[text: string, networks: string[], allow: boolean, relay: boolean]>([
    ["tcp-env: 10.1.2.3: setenv = RELAYCLIENT", ["10.1.2.3"], true, true],
    ["tcp-env : 10.1. 192.0.2.0/255.255.255.0", ["10.1.0.0/16", "192.0.2.0/24"], true, false],
    ["qmail-smtpd, sshd: ALL: deny", ["0.0.0.0/0", "::/0"], false, false],
    ["smtpd: [2001:db8::]/32: allow", ["2001:db8::/32"], true, false],
  ])("reads %j", (text, networks, allow, relay) => {
    expect(read(text)).toMatchObject({ records: [{ line: 1, networks, allow, relay }], problems: [] });
  });

  it.each([
    ["sshd: 10.", /^1 note: it is not about smtp/],
    ["tcp-env: .example.org", /^1 left: a rule by name/],
    ["tcp-env: 10. EXCEPT 10.1.", /^1 left: EXCEPT/],
    ["tcp-env: 10.1.2.300", /^1 bad/],
    ["tcp-env: 10.1.2.3/16", /^1 bad/],
    ["tcp-env: ALL: setenv = RELAYCLIENT", /^1 bad: .*open relay/],
    ["tcp-env: : allow", /^1 bad: it names no client/],
  ])("tells %j", (text, said) => {
    const found = read(text);
    expect([found.records, saidOf(found)]).toEqual([[], [expect.stringMatching(said)]]);
  });

  it("leaves out what an earlier line covers, because there the first one counts", () => {
    const found = read("tcp-env: 10.\ntcp-env: 10.1.2.3: setenv = RELAYCLIENT");
    expect(found.records).toMatchObject([{ line: 1, relay: false }]);
    expect(saidOf(found)).toEqual(["2 left: earlier lines cover it, and the first one counts"]);
  });
});
