import { describe, expect, it } from "vitest";
import { readPasswd } from "./passwd.ts";
import { saidOf, sourceOf } from "./test-source.ts";

describe("readPasswd", () => {
  it("reads accounts that qmail-getpw takes, with their names", () => {
    const read = readPasswd(
      sourceOf(
        [
          "root:x:0:0:root:/root:/bin/sh",
          "# off",
          "holly:x:501:100:Holly O'Hara,room 1,,:/home/holly:/bin/sh",
          "Upper:x:502:100::/home/Upper:/bin/sh",
          `${"a".repeat(32)}:x:503:100::/home/long:/bin/sh`,
          "+nis::::::",
          "omar:x:504:100::/home/omar:/bin/sh",
          "",
        ].join("\n"),
      ),
    );
    expect(read.records.map(({ line, local, uid, home, fullName }) => [line, local, uid, home, fullName])).toEqual([
      [3, "holly", 501, "/home/holly", "Holly O'Hara"],
      [7, "omar", 504, "/home/omar", undefined],
    ]);
    expect(saidOf(read)).toEqual([]);
  });

  it.each(["joe", "joe:x:a:1::/home/joe:", "joe:x:1:1::home:"])("tells of %j", (text) => {
    expect(saidOf(readPasswd(sourceOf(`${text}\n`)))).toEqual(["1 left: no account with a number and a home folder"]);
  });
});
