import { describe, expect, it } from "vitest";
import { table } from "./table.ts";

describe("table", () => {
  it("lines columns up by characters and leaves no blanks at the end", () => {
    const rows = [
      ["herat", "3", "9k"],
      ["مزار", "12", ""],
    ];
    expect(table(rows, ["queue", "messages", "size"])).toBe("queue  messages  size\nherat  3         9k\nمزار   12");
  });

  it("keeps a row on its line and disarms control characters", () => {
    expect(table([["a\nb\u001b[2Jc"]], ["x"])).toBe("x\na bc");
  });
});
