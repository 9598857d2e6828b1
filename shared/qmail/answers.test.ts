import { describe, expect, it } from "vitest";
import { answersOf } from "./answers.ts";
import { sourceOf } from "./test-source.ts";
import { readUsersAssign } from "./users-assign.ts";

function answers(user: string, files: readonly string[], assign = ""): string[] {
  const read = files.map((name) => [name, { file: name, instructions: [], problems: [] }] as const);
  const assignments = readUsersAssign(sourceOf(`${assign}.\n`)).records;
  return answersOf({ user, home: `/home/${user}`, files: new Map(read) }, assignments).map(
    ({ local, wildcard, file }) => `${local}${wildcard ? "*" : ""} ${file.file}`,
  );
}

describe("answersOf", () => {
  it.each<[user: string, files: string[], assign: string, found: string[]]>([
    [
      "alias",
      [".qmail-root", ".qmail-a:b", ".qmail-l-default", ".qmail-default"],
      "",
      ["root .qmail-root", "a.b .qmail-a:b", "l-* .qmail-l-default", "* .qmail-default"],
    ],
    [
      "foo",
      [".qmail", ".qmail-x", ".qmail-x-default", ".qmail-default"],
      "",
      ["foo .qmail", "foo-x .qmail-x", "foo-x-* .qmail-x-default", "foo-* .qmail-default"],
    ],
    [
      "lists",
      [".qmail", ".qmail-l-a", ".qmail-l-default", ".qmail-z"],
      "+list-:lists:1:1:/x:-:l-:\n",
      ["list-a .qmail-l-a", "list-* .qmail-l-default"],
    ],
    ["lists", [".qmail-news", ".qmail-x"], "=news:lists:1:1:/x:-:news:\n", ["news .qmail-news"]],
    ["alias", [".qmail-x"], "+:alias:1:1:/x:-::\n", ["x .qmail-x"]],
  ])("of %s with %j and %j", (user, files, assign, found) => {
    expect(answers(user, files, assign)).toEqual(found);
  });
});
