import { expect, it } from "vitest";
import { STATIC_DICTIONARY, STATIC_DICTIONARY_ID } from "./static-dictionary.ts";

it("the static dictionary is the one of this version: a change of one byte makes it another for every peer", () => {
  expect(STATIC_DICTIONARY_ID).toMatchInlineSnapshot(`"620cfe5b"`);
  expect(STATIC_DICTIONARY.length).toBeLessThan(64 * 1024);
});
