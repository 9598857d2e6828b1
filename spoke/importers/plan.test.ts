import { describe, expect, it } from "vitest";
import type { Account } from "#shared/qmail/accounts.js";
import { readAliasText } from "#shared/qmail/alias-text.js";
import { readControlList, readControlMap, readControlWord } from "#shared/qmail/control-files.js";
import { readDotQmail } from "#shared/qmail/dot-qmail.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import { readUsersAssign } from "#shared/qmail/users-assign.js";
import { readVirtualDomains } from "#shared/qmail/virtual-domains.js";
import { EMPTY_TREE, sourceOf } from "../../shared/qmail/test-source.ts";
import { written } from "./change.ts";
import { planOfficeImport } from "./plan.ts";

function account(user: string, files: Record<string, string>, maildir?: string): Account {
  const read = Object.entries(files).map(([name, text]) => {
    const { records, problems } = readDotQmail(sourceOf(text && `${text}\n`, `${user}/${name}`));
    return [name, { file: `${user}/${name}`, instructions: records, problems }] as const;
  });
  return { user, home: `/home/${user}`, files: new Map(read), ...(maildir === undefined ? {} : { maildir }) };
}

const HERE = {
  office: "herat",
  host: "herat.example.org",
  domains: ["example.org", "example.net"],
  person: (name: string) => ({ holly: { listed: true }, own: { listed: false } })[name],
};

/** Rows of the file `f`, and the commands to be run. */
function planned(tree: Partial<QmailTree>) {
  const plan = planOfficeImport({ ...EMPTY_TREE, ...tree }, HERE);
  return {
    plan,
    rows: plan.rows.filter(({ file }) => file === "f").map((row) => `${row.line} ${row.verdict}: ${row.becomes}`),
    commands: plan.changes.map(({ change }) => written(change).replace(/^qrelay /, "")),
  };
}

describe("planOfficeImport, aliases", () => {
  it.each<[text: string, row: RegExp, command: string | undefined]>([
    ["alexy: alexy@mailhub.example.org", /note: not needed any more/, undefined],
    ["alexy: alexy@example.org", /note: not needed any more/, undefined],
    ["alexy: alexy@ankara.example.org", /note: not needed any more/, undefined],
    ["alexy: alexy@example.net", /note: not needed any more/, undefined],
    ["holly: holly", /carried: holly is a person of this office/, undefined],
    ["boss: holly", /carried: an alias/, "spoke alias set boss holly@herat.example.org"],
    ["alexy: alexy@far.example", /carried: an alias/, "spoke alias set alexy alexy@far.example"],
    [
      "all@herat.example.org: holly, a$b@far.example",
      /carried/,
      "spoke alias set all holly@herat.example.org 'a$b@far.example'",
    ],
    ["all@example.org: holly", /left: the organisation's/, undefined],
    ["all@far.example: holly", /left: far\.example is not this office/, undefined],
    ["@herat.example.org: holly", /left: every name at herat\.example\.org/, undefined],
    ["postmaster: holly", /left: the office's postmaster has a mailbox here/, undefined],
    ["door: |open", /left: the program "open"/, undefined],
    ["l: :include:/etc/l", /left: the include/, undefined],
    ["l: /var/mail/l", /left: the file/, undefined],
    ["l: holly@-x-", /bad: target "holly@-x-"/, undefined],
  ])("%s", (text, row, command) => {
    const { rows, commands } = planned({ aliases: readAliasText(sourceOf(`${text}\n`)) });
    expect(rows).toEqual([expect.stringMatching(row)]);
    expect(commands).toEqual(command === undefined ? [] : [command]);
  });

  it("tells that an alias of an office has no owner", () => {
    const { rows } = planned({ aliases: readAliasText(sourceOf("l: holly, x@far.example\nowner-l: holly\n")) });
    expect(rows).toContainEqual(expect.stringMatching(/^1 left: its owner owner-l/));
  });

  it("knows the articles' way to send everybody else to headquarters, and no other catch-all", () => {
    const files = { ".qmail-default": "| fastforward -p x\n| forward $LOCAL@mailhub.example.org\n&all@far.example" };
    const { plan } = planned({ accounts: [account("alias", files)] });
    expect(plan.rows.map(({ line, verdict }) => `${line} ${verdict}`)).toEqual(["1 note", "2 note", "3 left"]);
  });
});

describe("planOfficeImport, people", () => {
  it("tells headquarters whom to post here, and knows who is", () => {
    const text = ["holly", "own", "new"].map((name) => `=${name}:${name}:1:1:/home/${name}:::\n`).join("");
    const { rows, commands, plan } = planned({
      assign: readUsersAssign(sourceOf(`${text}+:alias:1:1:/a:-::\n=x:holly:1:1:/home/holly:-:x:\n.\n`)),
      accounts: [
        account("holly", { ".qmail-x": "|vacation\n./Maildir/\n/var/mail/x" }, "/home/holly/Maildir"),
        account("new", { ".qmail": "./Maildir/" }),
      ],
    });
    expect(rows).toEqual([
      expect.stringMatching(/^1 carried: holly, whom headquarters lists here/),
      expect.stringMatching(/^2 carried: own, .* known in this office only/),
      expect.stringMatching(/^3 carried: new, .* not known here yet/),
      expect.stringMatching(/^4 note/),
      expect.stringMatching(/^5 left: the name x is the account holly's/),
    ]);
    expect(commands).toEqual([
      "hub instructions set holly --extension x ./",
      "hub person add own --office herat",
      "hub person add new --office herat",
    ]);
    expect(plan.mailboxes).toMatchObject([{ name: "holly", maildir: "/home/holly/Maildir" }]);
    expect(plan.rows.filter(({ verdict }) => verdict === "left").map(({ becomes }) => becomes)).toEqual([
      expect.stringContaining("the name x"),
      expect.stringContaining('the program "vacation"'),
      expect.stringContaining('the file "/var/mail/x"'),
    ]);
  });
});

describe("planOfficeImport, hosts", () => {
  const QRELAY = account("qrelay", { ".qmail-default": "./Maildir/", ".qmail-prog-default": "|x" });

  it.each<[line: string, row: RegExp]>([
    [":qrelay", /carried: mail for the hub/],
    ["example.org:qrelay", /carried: mail for the hub/],
    [":", /carried: remote/],
    ["x.example:qrelay-prog", /left: a domain with people or programs of its own/],
    [":nobody", /left: no dot-qmail file was found/],
  ])("virtualdomains %s", (line, row) => {
    const { rows } = planned({ virtualDomains: readVirtualDomains(sourceOf(`${line}\n`)), accounts: [QRELAY] });
    expect(rows).toEqual([expect.stringMatching(row)]);
  });

  it("says of every host what it is", () => {
    const { plan } = planned({
      me: readControlWord(sourceOf("old.example\n", "me")),
      locals: readControlList(sourceOf("herat.example.org\nlocalhost\nexample.org\nfar.example\n-\n", "locals")),
      rcptHosts: readControlList(sourceOf("herat.example.org\n.example.org\nfar.example\n", "rcpthosts")),
      smtpRoutes: readControlMap(sourceOf(":mailhub.example.org\nfar.example:x.example\n", "smtproutes")),
    });
    expect(plan.rows.map(({ file, line, verdict }) => `${file}:${line} ${verdict}`)).toEqual([
      "locals:1 carried",
      "locals:2 carried",
      "locals:3 note",
      "locals:4 left",
      "locals:5 bad",
      "me:1 note",
      "rcpthosts:1 carried",
      "rcpthosts:2 note",
      "rcpthosts:3 note",
      "smtproutes:1 note",
      "smtproutes:2 left",
      "users/assign:0 note",
    ]);
  });

  it("refuses the tree of another machine", () => {
    const { plan } = planned({ locals: readControlList(sourceOf("ankara.example.org\n", "locals")) });
    expect(plan.rows).toMatchObject([
      { verdict: "bad", becomes: expect.stringContaining("the tree of another machine") },
    ]);
  });
});
