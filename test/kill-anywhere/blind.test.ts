import { describe, expect, it } from "vitest";
import { unseen } from "./blind.ts";

describe("the check that the watch sees everything", () => {
  it.each(["sync", "fsync", "fdatasync"])(
    "is content with a file that was opened and synced (%s) before it was named",
    (sync) => {
      expect(unseen(["open q/tmp/a", "write q/tmp/a", `${sync} q/tmp/a`, "link q/tmp/a", "sync q/new"])).toEqual([]);
    },
  );

  it("misses what was named out of nothing", () => {
    expect(unseen(["rename q/tmp/a"])).toHaveLength(1);
    expect(unseen(["open q/tmp/a", "link q/tmp/a"])).toHaveLength(1);
  });
});
