import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAccessRules } from "./access-rule.ts";
import { readAliasText } from "./alias-text.ts";
import { readAliasesCdb } from "./aliases-cdb.ts";
import { readControlList, readControlMap, readControlWord, readHostsCdb } from "./control-files.ts";
import { readDotQmail } from "./dot-qmail.ts";
import type { At, Read, Source } from "./lines.ts";
import { readPasswd } from "./passwd.ts";
import { anything } from "./test-anything.ts";
import { readUsersAssign } from "./users-assign.ts";
import { readVirtualDomains } from "./virtual-domains.ts";

const READERS: [name: string, read: (source: Source) => Read<At>][] = [
  ["control list", readControlList],
  ["control word", readControlWord],
  ["control map", readControlMap],
  ["virtualdomains", readVirtualDomains],
  ["morercpthosts.cdb", readHostsCdb],
  ["aliases", readAliasText],
  ["aliases.cdb", readAliasesCdb],
  ["users/assign", readUsersAssign],
  ["dot-qmail", readDotQmail],
  ["passwd", readPasswd],
  ["smtp rules", (source) => readAccessRules(source, "smtp")],
];

describe("readers of qmail's files, whatever the bytes", () => {
  it.each(READERS)("%s: never throws, and names file and line of everything", (_name, read) => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const { records, problems } = read({ file: "f", bytes });
        const lines = 1 + bytes.filter((byte) => byte === 0x0a).length;
        for (const one of [...records, ...problems]) {
          expect(one.file).toBe("f");
          expect(one.line).toBeGreaterThan(0);
          if (read !== readAliasesCdb && read !== readHostsCdb) expect(one.line).toBeLessThanOrEqual(lines);
        }
        for (const { says, cure } of problems) expect(says.length * cure.length).toBeGreaterThan(0);
      }),
    );
  });
});
