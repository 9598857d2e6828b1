import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAccessRules } from "#shared/qmail/access-rule.js";
import { readAliasText } from "#shared/qmail/alias-text.js";
import { readAliasesCdb } from "#shared/qmail/aliases-cdb.js";
import { readControlList, readControlMap, readControlWord } from "#shared/qmail/control-files.js";
import { readDotQmail } from "#shared/qmail/dot-qmail.js";
import type { At, Read, Source } from "#shared/qmail/lines.js";
import { readUsersAssign } from "#shared/qmail/users-assign.js";
import { readVirtualDomains } from "#shared/qmail/virtual-domains.js";
import { cdbOf } from "../../shared/qmail/test-source.ts";
import { routingView } from "../../test/support/routing-view.ts";
import { planImport } from "./plan.ts";
import { readSmtpRoutes } from "./smtp-routes.ts";

const READERS: [name: string, read: (source: Source) => Read<At>][] = [
  ["control list", readControlList],
  ["control word", readControlWord],
  ["control map", readControlMap],
  ["virtualdomains", readVirtualDomains],
  ["smtproutes", readSmtpRoutes],
  ["aliases", readAliasText],
  ["aliases.cdb", readAliasesCdb],
  ["users/assign", readUsersAssign],
  ["dot-qmail", readDotQmail],
  ["smtp rules", (source) => readAccessRules(source, "smtp")],
];

/** Bytes of any kind, and lines made of the signs that mean something to one of the readers. */
const anything = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .string({ unit: fc.constantFrom(...' \t\n\r:@.,;"\\()<>|/&=+-#[]a1*'.split("")), maxLength: 200 })
    .map((text) => Buffer.from(text)),
  fc
    .tuple(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 }), fc.nat(2300), fc.nat(255))
    .map(([records, at, value]) => {
      const bytes = cdbOf(records);
      bytes[at % bytes.length] = value;
      return bytes;
    }),
);

describe("readers of qmail's files, whatever the bytes", () => {
  it.each(READERS)("%s: never throws, and names file and line of everything", (_name, read) => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const { records, problems } = read({ file: "f", bytes });
        const lines = 1 + bytes.filter((byte) => byte === 0x0a).length;
        for (const one of [...records, ...problems]) {
          expect(one.file).toBe("f");
          expect(one.line).toBeGreaterThan(0);
          if (read !== readAliasesCdb) expect(one.line).toBeLessThanOrEqual(lines);
        }
        for (const { says, cure } of problems) expect(says.length * cure.length).toBeGreaterThan(0);
      }),
    );
  });

  it("the plan never throws either, and says something of every record", () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const source = { file: "f", bytes };
        const read = {
          locals: readControlList(source),
          virtualDomains: readVirtualDomains(source),
          smtpRoutes: readSmtpRoutes(source),
          assign: readUsersAssign(source),
          aliases: readAliasText(source),
        };
        const rules = readAccessRules(source, "qmtp");
        const file = { file: "f", instructions: readDotQmail(source).records, problems: [] };
        const alias = {
          user: "alias",
          home: "/alias",
          files: new Map([
            [".qmail-a", file],
            [".qmail-default", file],
          ]),
        };
        const plan = planImport(
          { ...read, accounts: [alias], rules: [{ service: "qmtp", rules }], unread: [] },
          routingView({}),
        );
        const said = new Set(plan.rows.map(({ line }) => line));
        for (const one of Object.values(read).flatMap(({ records }): readonly At[] => records))
          expect(said).toContain(one.line);
      }),
    );
  });
});
