import { describe, expect, it } from "vitest";
import type { Account } from "#shared/qmail/accounts.js";
import { defaultFileOf } from "#shared/qmail/accounts.js";
import { readAliasText } from "#shared/qmail/alias-text.js";
import { readAliasesCdb } from "#shared/qmail/aliases-cdb.js";
import { completeAddress } from "#shared/qmail/complete-address.js";
import { readControlList, readControlMap, readControlWord } from "#shared/qmail/control-files.js";
import { readDotQmail } from "#shared/qmail/dot-qmail.js";
import type { QmailTree } from "#shared/qmail/tree.js";
import { readUsersAssign } from "#shared/qmail/users-assign.js";
import { readVirtualDomains } from "#shared/qmail/virtual-domains.js";
import { cdbOf, EMPTY_TREE, sourceOf } from "../../shared/qmail/test-source.ts";
import { routingView } from "../../test/support/routing-view.ts";
import type { HubPlan as Plan } from "./change.ts";
import { planImport } from "./plan.ts";

function account(user: string, files: Record<string, string>): Account {
  const read = Object.entries(files).map(([name, text]) => {
    const { records, problems } = readDotQmail(sourceOf(text && `${text}\n`, `${user}/${name}`));
    return [name, { file: `${user}/${name}`, instructions: records, problems }] as const;
  });
  return { user, home: `/home/${user}`, files: new Map(read) };
}

/** Against the hub of `routing-view.ts`: example.org and second.example, mazar and stock offices farah and zaranj. */
function planOf(tree: Partial<QmailTree>): Plan {
  return planImport({ ...EMPTY_TREE, ...tree }, routingView({}));
}

function rows(plan: Plan): string[] {
  return plan.rows.map(({ line, verdict, becomes }) => `${line} ${verdict}: ${becomes}`);
}

describe("planImport, virtualdomains", () => {
  const STAR = account("qrelay", {
    ".qmail-herat2-default": "./herat2/",
    ".qmail-prog-default": "|x",
    ".qmail-default": "./Maildir/",
  });
  const ALIAS = account("alias", {
    ".qmail-default": "| fastforward -d /etc/aliases.cdb",
    ".qmail-virtual-default": "| fastforward -d /etc/aliases.cdb",
  });

  const VPOP = account("vpop", { ".qmail-default": "| /home/vpopmail/bin/vdelivermail '' bounce-no-mailbox" });

  it.each<[line: string, becomes: RegExp]>([
    ["herat2.example.org:qrelay-herat2", /carried: office herat2, a stock qmail one/],
    ["herat2.elsewhere.example:qrelay-herat2", /carried: office herat2/],
    [
      "prog.example.org:qrelay-prog",
      /carried: route: mail for prog\.example\.org goes to qrelay-prog-\{LOCAL\}@example\.org/,
    ],
    ["vpop.example:vpop", /carried: a domain with people of its own/],
    ["virtual.example:alias-virtual", /carried: one of the organisation's domains: its names are the aliases/],
    ["virtual.example:nobody-v", /left: no dot-qmail file was found/],
    ["farther.example.org:gone-farther", /left: its dot-qmail file was not found: taken for an office by its name/],
    ["second.example:alias", /carried: its names are the aliases/],
    ["second.example:qrelay-herat2", /left: second\.example is ours/],
    ["local.example:qrelay-herat2", /left: local\.example is in control\/locals/],
    ["shop.example:shop.example", /carried: shop\.example has people of its own/],
    ["domain.example:", /carried: remote: .*; route: mail for domain\.example goes where MX records say/],
    ["joe@domain.example:", /carried: remote: .*; route: mail for joe@domain\.example goes/],
    ["second.example:", /left: a blank prefix makes no domain local/],
    ["mazar.example.org:qrelay-mazar", /carried: office mazar, which is there already/],
    [".example.com:foo-bar", /left: no dot-qmail file was found for foo-bar-default/],
    [".example.com:qrelay-prog", /carried: route: mail for \.example\.com goes to qrelay-prog-\{LOCAL\}@example\.org/],
    [".example.com:qrelay-herat2", /left: one Maildir for many hosts \(qrelay\/\.qmail-herat2-default\)/],
    [
      "waldo@far.example:qrelay-prog",
      /carried: route: mail for waldo@far\.example goes to qrelay-prog-\{LOCAL\}@example\.org/,
    ],
    ["waldo@example.org:qux", /left: no dot-qmail file was found for qux-default/],
    ["waldo@local.example:qrelay-prog", /left: local\.example is in control\/locals/],
    ["waldo@farah.example.org:qrelay-prog", /left: farah\.example\.org is the office farah/],
    ["a.example.org:qrelay-herat2", /carried: office herat2/],
    ["x.example.org:qr/x-x", /bad: "qr\/x-x-" is no prefix/],
    [":qrelay", /carried: an outbound queue/],
    [":qrelay-prog", /carried: route: all other mail, from anybody, goes to qrelay-prog-\{LOCAL\}@example\.org/],
    [":", /carried: all other mail goes out/],
  ])("%s", (line, becomes) => {
    const virtualDomains = readVirtualDomains(sourceOf(`${line}\n`, "virtualdomains"));
    const locals = readControlList(sourceOf("local.example\n", "locals"));
    const plan = planOf({ virtualDomains, locals, accounts: [STAR, ALIAS, VPOP] });
    const said = plan.rows.filter(({ file }) => file === "virtualdomains");
    expect(said.map((row) => `${row.verdict}: ${row.becomes}`)).toContainEqual(expect.stringMatching(becomes));
  });

  it("makes a domain of vpopmail's one with people of its own, and says that its people are not read", () => {
    const user = "garden.example";
    const plan = planOf({
      virtualDomains: readVirtualDomains(sourceOf(`${user}:${user}\n`, "virtualdomains")),
      assign: readUsersAssign(sourceOf(`+${user}-:${user}:89:89:/home/vpopmail/domains/${user}:-::\n.\n`)),
      rcptHosts: readControlList(sourceOf(`${user}\n`, "rcpthosts")),
      accounts: [
        account(user, {
          ".qmail-default": "| /home/vpopmail/bin/vdelivermail '' bounce-no-mailbox",
          ".qmail-sales": "&holly@example.org",
        }),
      ],
    });
    expect(plan.changes.map(({ change }) => change)).toEqual([
      { kind: "domain", name: user, ownPeople: true },
      { kind: "alias", name: `sales@${user}`, targets: ["holly@example.org"] },
    ]);
    // As vpopmail writes it: no route to ourselves comes of it.
    expect(plan.rows).toContainEqual(expect.objectContaining({ file: "rcpthosts", verdict: "carried" }));
    expect(rows(plan)).toContainEqual("1 carried: a domain with people of its own");
    expect(rows(plan)).toContainEqual(expect.stringMatching(/^1 left: the people of garden\.example .* not read/));
  });

  it("finds the default file as qmail does", () => {
    const assign = readUsersAssign(sourceOf("+list-:lists:1:1:/x:-:l-:\n+:alias:1:1:/a:-::\n.\n")).records;
    const all = [STAR, ALIAS, account("lists", { ".qmail-l-a:b-default": "./ab/", ".qmail-default": "./all/" })];
    const found = (prepend: string) => defaultFileOf(prepend, assign, all)?.file.file;
    expect(found("qrelay-herat2")).toBe("qrelay/.qmail-herat2-default");
    expect(found("qrelay-herat2-sub")).toBe("qrelay/.qmail-herat2-default");
    expect(found("qrelay-other")).toBe("qrelay/.qmail-default");
    expect(found("qrelay")).toBe("qrelay/.qmail-default");
    expect(found("list-a.b")).toBe("lists/.qmail-l-a:b-default");
    expect(found("list")).toBe("lists/.qmail-default");
    expect(found("nobody")).toBe("alias/.qmail-default");
  });
});

describe("planImport, names", () => {
  it.each<[text: string, said: string[]]>([
    ["alexy: alexy@mazar", ["1 carried: alexy, a person at mazar"]],
    ["alexy: Alexy@FARAH.example.org", ["1 carried: alexy, a person at farah"]],
    ["alexy: alexy@kabul", ["1 carried: alexy, a person at kabul"]],
    ["alexy: boss@mazar", ["1 carried: alias alexy: boss@mazar.example.org"]],
    ["abuse: abuse@mazar", ["1 carried: alias abuse: abuse@mazar.example.org"]],
    ["a: holly, bob@example.net, holly", ["1 carried: alias a: holly, bob@example.net"]],
    ["a: bob@x+", ["1 carried: alias a: bob@x.plus.example"]],
    [
      "a: b@lost.example.org",
      [
        "1 carried: alias a: b@lost.example.org",
        "1 note: lost.example.org is no office: mail for b@lost.example.org goes to the Internet",
      ],
    ],
    ["a@second.example: holly", ["1 carried: alias a@second.example: holly"]],
    ["a@farah.example.org: holly", ["1 left: farah.example.org is an office: its names are its own affair"]],
    ["a@far.example: holly", ["1 left: far.example is not ours"]],
    ["@example.org: holly", ["1 carried: alias @example.org: holly"]],
    ["@far.example: holly", ["1 left: far.example is not ours"]],
    ["a: b/c@d.example", [expect.stringMatching(/^1 bad: target "b\/c@d\.example": it is not a plain address/)]],
    ["l: holly\nowner-l: bob", ["1 carried: alias l: holly; owner owner-l", "2 carried: alias owner-l: bob"]],
    ["l: holly\nl-owner: bob", ["1 carried: alias l: holly", "2 carried: alias l-owner: bob"]],
    ["l: holly\nowner-l: |x", ["1 carried: alias l: holly", '2 left: the program "x"']],
    ["a: holly\nA: bob", ["1 carried: alias a: holly", "2 left: a is already in f:1, which counts"]],
    [
      "a: :include:l",
      ['1 left: the include "l": the path is relative: write it from the root on, such as :include:/srv/lists/staff'],
    ],
    ["a: :include:/etc/l", ['1 left: the include "/etc/l": /etc/l: there is no such file']],
  ])("%j", (text, said) => {
    const plusDomain = readControlWord(sourceOf("plus.example\n", "g"));
    const plan = planOf({ aliases: readAliasText(sourceOf(`${text}\n`)), plusDomain });
    expect(rows({ ...plan, rows: plan.rows.filter(({ file }) => file === "f") })).toEqual(said);
  });

  it("takes dot-qmail files before the alias file, and accounts before both", () => {
    const plan = planOf({
      accounts: [
        account("alias", {
          ".qmail-a": "&holly",
          ".qmail-joe": "&holly",
          ".qmail-empty": "",
          ".qmail-l": "&holly",
          ".qmail-l-owner": "&bob",
          ".qmail-l-owner-default": "&bob",
        }),
      ],
      assign: readUsersAssign(sourceOf("=joe:joe:1:1:/x:::\n=j-x:joe:1:1:/x:-:x:\n.\n")),
      aliases: readAliasText(sourceOf("a: bob\n")),
    });
    expect(plan.changes.map(({ change }) => change)).toEqual([
      { kind: "person", name: "joe", office: "kabul" },
      { kind: "alias", name: "a", targets: ["holly"] },
      { kind: "alias", name: "l", targets: ["holly"], owner: "l-owner" },
      { kind: "alias", name: "l-owner", targets: ["bob"] },
    ]);
    expect(plan.rows.map(({ file, line, verdict }) => `${file}:${line} ${verdict}`)).toEqual([
      "alias/.qmail-a:1 carried",
      "alias/.qmail-empty:1 left",
      "alias/.qmail-joe:1 left",
      "alias/.qmail-l:1 carried",
      "alias/.qmail-l-owner:1 carried",
      "alias/.qmail-l-owner-default:1 note",
      "f:1 carried",
      "f:1 left",
      "f:2 left",
    ]);
  });

  it("reads owners out of a cdb", () => {
    const bytes = cdbOf([
      [":l@", "&holly@example.org\0"],
      ["?l@", "owner-l@kabul.example.org"],
    ]);
    const plan = planOf({ aliases: readAliasesCdb({ file: "f", bytes }) });
    expect(rows(plan)).toEqual(["1 carried: alias l: holly@example.org; owner owner-l"]);
  });
});

describe("planImport, programs where they are allowed", () => {
  it("makes routes and targets of them, by the name that qmail called them for", () => {
    const tree = {
      virtualDomains: readVirtualDomains(sourceOf("store.example:shop\n", "virtualdomains")),
      accounts: [
        account("shop", {
          ".qmail-order": "|/bin/order\n&clerk@far.example",
          ".qmail-x-default": "|/bin/x\n&clerk@far.example",
          ".qmail-default": "|/bin/any",
        }),
      ],
    };
    const plan = planImport({ ...EMPTY_TREE, ...tree }, { ...routingView({}), programs: true });
    expect(plan.changes.map(({ change }) => change)).toEqual([
      { kind: "alias", name: "shop-order@example.org", targets: ["|/bin/order", "clerk@far.example"] },
      { kind: "alias", name: "shop-x-default@example.org", targets: ["|/bin/x", "clerk@far.example"] },
      { kind: "route", pattern: "store.example", destination: "to:shop-{LOCAL}@example.org", accept: true },
      { kind: "route", pattern: "shop-x-*@example.org", destination: "to:shop-x-default@example.org", accept: true },
      { kind: "route", pattern: "shop-*@example.org", destination: "program:/bin/any", accept: true },
    ]);
  });
});

describe("planImport, hosts", () => {
  it("says of every local and accepted host what it is", () => {
    const plan = planOf({
      me: readControlWord(sourceOf("old.example\n", "me")),
      locals: readControlList(sourceOf("localhost\nexample.org\nthird.example\nmazar.example.org\nhost\n", "locals")),
      rcptHosts: readControlList(sourceOf("third.example\nfarah.example.org\nfar.example\n", "rcpthosts")),
      smtpRoutes: readControlMap(sourceOf("third.example:x.example\n.r.test:x.example\n", "smtproutes")),
    });
    expect(plan.rows.map(({ file, line, verdict }) => `${file}:${line} ${verdict}`)).toEqual([
      "locals:1 carried",
      "locals:2 carried",
      "locals:3 carried",
      "locals:4 left",
      "locals:5 left",
      "me:1 note",
      "rcpthosts:1 carried",
      "rcpthosts:2 carried",
      "rcpthosts:3 carried",
      "smtproutes:1 left",
      "smtproutes:2 carried",
      "users/assign:0 note",
    ]);
    expect(plan.changes.map(({ change }) => change)).toEqual([
      { kind: "domain", name: "third.example" },
      { kind: "route", pattern: ".r.test", destination: "smtp://x.example", accept: false },
      { kind: "route", pattern: "far.example", destination: "mx", accept: true },
    ]);
  });

  it("takes from anybody what rcpthosts names, and sends it where smtproutes says", () => {
    const hosts = "handed.example\nother.example\n.below.example\nx.r.test\n.r.test\n";
    const plan = planOf({
      rcptHosts: readControlList(sourceOf(hosts, "rcpthosts")),
      smtpRoutes: readControlMap(
        sourceOf("handed.example:tw.example:2525\n.r.test:relay.example\n:smart.example\n", "smtproutes"),
      ),
    });
    const routes = plan.changes.flatMap(({ change }) => (change.kind === "route" ? [change] : []));
    expect(routes.map(({ pattern, destination, accept }) => [pattern, destination, accept])).toEqual([
      ["handed.example", "smtp://tw.example:2525", true],
      [".r.test", "smtp://relay.example", true],
      ["*", "smtp://smart.example", false],
      ["other.example", "smtp://smart.example", true],
      [".below.example", "smtp://smart.example", true],
      ["x.r.test", "smtp://relay.example", true],
    ]);
  });

  it.each([
    ["b", "b@host.example"],
    ["b@x", "b@x.default.example"],
    ["b@x+", "b@x.plus.example"],
    ["b@X.Example.", "b@x.example"],
    ["b@[1.2.3.4]", "b@[1.2.3.4]"],
  ])("completes %s", (address, complete) => {
    const names = { defaultHost: "host.example", defaultDomain: "default.example", plusDomain: "plus.example" };
    expect(completeAddress(address, names)).toBe(complete);
  });
});

describe("planImport, homes of people", () => {
  const ASSIGN = "=bob2:bob2:1:1:/home/bob2:::\n.\n";
  const HOME = account("bob2", {
    ".qmail": "./Maildir/\n&bob@second.example\n|vacation bob2",
    ".qmail-news": "zeno@herat.example.org",
    ".qmail-list-default": "/home/bob2/lists/\n/var/log/bob2",
    ".qmail-old": "/var/mail/old",
    ".qmail-plain": "",
  });

  function planned(programs: boolean) {
    const tree = { assign: readUsersAssign(sourceOf(ASSIGN)), accounts: [HOME] };
    const plan = planImport({ ...EMPTY_TREE, ...tree }, { ...routingView({}), programs });
    const changes = plan.changes.flatMap(({ change }) =>
      change.kind === "instructions" ? [`${change.extension}: ${change.text.split("\n").join(", ")}`] : [],
    );
    return { changes, rows: rows(plan) };
  }

  it("makes their dot-qmail files instructions", () => {
    const { changes } = planned(true);
    expect(changes).toEqual([
      ": ./, bob@second.example, |vacation bob2",
      "news: zeno@herat.example.org",
      "list-default: ./",
      "plain: ./",
    ]);
  });

  it("tells what cannot be carried over", () => {
    const { changes, rows: said } = planned(false);
    expect(changes[0]).toBe(": ./, bob@second.example");
    expect(said).toContainEqual(expect.stringMatching(/^3 left: the program "vacation bob2"/));
    expect(said).toContainEqual(expect.stringMatching(/^2 left: the file "\/var\/log\/bob2"/));
    expect(said).toContainEqual(expect.stringMatching(/^1 left: the file "\/var\/mail\/old"/));
  });

  it("says of a file that only names the mailbox that nothing changes", () => {
    const home = account("bob2", { ".qmail": "./Maildir/" });
    const plan = planOf({ assign: readUsersAssign(sourceOf(ASSIGN)), accounts: [home] });
    expect(rows(plan)).toContainEqual(expect.stringMatching(/^1 carried: the mailbox of bob2, as it is anyway/));
    expect(plan.changes.map(({ change }) => change.kind)).toEqual(["person"]);
  });
});
