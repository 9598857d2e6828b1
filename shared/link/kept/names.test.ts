import { describe, expect, it } from "vitest";
import { assertId, assertPeer } from "./names.ts";

describe("names in this room", () => {
  it.each([
    "",
    "..",
    "0123456789abcde",
    "0123456789abcdef0",
    "0123456789ABCDEF",
    "../../../etc/pass",
    "0123456789abcde\n",
  ])("%j is no id", (id) => expect(() => assertId(id)).toThrow("wanted 16 hex digits"));

  it.each(["", ".", "..", "a/b", "Kabul", "k\0", "kabul\n", "é", "a".repeat(64)])("%j is no peer", (peer) =>
    expect(() => assertPeer(peer)).toThrow(JSON.stringify(peer)),
  );

  it.each(["hub", "kabul", "mazar-2", "a".repeat(63)])("%j is a peer", (peer) =>
    expect(() => assertPeer(peer)).not.toThrow(),
  );

  it("an id is 16 hex digits", () => expect(() => assertId("0123456789abcdef")).not.toThrow());
});
