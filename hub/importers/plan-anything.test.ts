import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAccessRules } from "#shared/qmail/access-rule.js";
import { readAliasText } from "#shared/qmail/alias-text.js";
import { readControlList, readControlMap } from "#shared/qmail/control-files.js";
import { SETTINGS } from "#shared/qmail/control-settings.js";
import { readDotQmail } from "#shared/qmail/dot-qmail.js";
import type { At } from "#shared/qmail/lines.js";
import { readUsersAssign } from "#shared/qmail/users-assign.js";
import { readVirtualDomains } from "#shared/qmail/virtual-domains.js";
import { anything } from "../../shared/qmail/test-anything.ts";
import { EMPTY_TREE } from "../../shared/qmail/test-source.ts";
import { routingView } from "../../test/support/routing-view.ts";
import { planImport } from "./plan.ts";

describe("planImport, whatever the bytes", () => {
  it("never throws, and says something of every record", () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const source = { file: "f", bytes };
        const read = {
          locals: readControlList(source),
          virtualDomains: readVirtualDomains(source),
          smtpRoutes: readControlMap(source),
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
        const joe = { ...alias, user: "joe" };
        const settings = [...SETTINGS.keys()].map((name) => ({ name, lines: readControlList(source) }));
        const plan = planImport(
          { ...EMPTY_TREE, ...read, settings, accounts: [alias, joe], rules: [{ service: "qmtp", rules }] },
          routingView({}),
        );
        const said = new Set(plan.rows.map(({ line }) => line));
        for (const one of Object.values(read).flatMap(({ records }): readonly At[] => records))
          expect(said).toContain(one.line);
      }),
    );
  });
});
