import { describe, expect, it } from "vitest";
import { hubCommands } from "../hub/main.ts";
import { documentCommands, NO_IO } from "../shared/cli/document.ts";
import { topCommands } from "../shared/cli/main.ts";
import { spokeCommands } from "../spoke/main.ts";

/** Every command and flag is documented from its own declaration (vitest -u writes the pages). */
describe("pages of commands", () => {
  it.each([
    ["hub/COMMANDS.md", () => documentCommands(hubCommands(NO_IO), "qrelay hub: the commands")],
    ["spoke/COMMANDS.md", () => documentCommands(spokeCommands(NO_IO), "qrelay spoke: the commands")],
    ["shared/cli/COMMANDS.md", () => documentCommands(topCommands(NO_IO), "qrelay: the commands of both")],
  ])("%s is what the commands say", async (page, written) => {
    await expect(written()).toMatchFileSnapshot(`../${page}`);
  });

  it("each has an example and its exit codes", () => {
    for (const text of [hubCommands(NO_IO), spokeCommands(NO_IO), topCommands(NO_IO)].map((tree) =>
      documentCommands(tree, ""),
    )) {
      for (const page of text.split("\n## ").slice(1)) {
        if (/^`qrelay (hub|spoke)`/.test(page)) continue;
        expect(page).toMatch(/Examples?:/);
        expect(page).toContain("Exit codes:");
      }
    }
  });
});
