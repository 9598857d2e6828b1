import { describe, expect, it } from "vitest";
import { documentEvents, EVENTS } from "./events.ts";

describe("the table of events", () => {
  it("is what LOG.md says (vitest -u writes it)", async () => {
    await expect(documentEvents()).toMatchFileSnapshot("./LOG.md");
  });

  it.each(Object.entries(EVENTS))("%s has no field that the line itself uses, and none twice", (_name, row) => {
    for (const field of row.fields) expect(["time", "level", "event"]).not.toContain(field);
    expect(new Set(row.fields).size).toBe(row.fields.length);
  });
});
