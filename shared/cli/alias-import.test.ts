import { describe, expect, it } from "vitest";
import { importLines } from "./alias-import.ts";

const file = { aliases: [{ line: 1 }, { line: 2 }, { line: 3 }], problems: [] };

describe("importLines", () => {
  it("tries again without the bad lines until the rest can be saved", () => {
    const rounds: number[][] = [];
    const imported = importLines(file, true, (aliases) => {
      rounds.push(aliases.map(({ line }) => line));
      return [3, 2].filter((line) => aliases.at(-1)?.line === line).map((line) => ({ line, text: "bad" }));
    });
    expect(rounds).toEqual([[1, 2, 3], [1, 2], [1]]);
    expect(imported).toMatchObject({ saved: 1, problems: [{ line: 2 }, { line: 3 }] });
  });

  it("ends when what is wrong belongs to no line, and has then saved nothing", () => {
    const imported = importLines(file, true, () => [{ line: 0, text: "the table is full" }]);
    expect(imported).toEqual({ saved: 0, problems: [{ line: 0, text: "the table is full" }] });
  });
});
