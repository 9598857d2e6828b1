import { describe, expect, it } from "vitest";
import { formatListen, parseListen } from "./listen.ts";

describe("parseListen", () => {
  it.each([
    ["off", []],
    ["0.0.0.0:25", [{ host: "0.0.0.0", port: 25 }]],
    ["127.0.0.1:0", [{ host: "127.0.0.1", port: 0 }]],
    ["[::1]:25", [{ host: "::1", port: 25 }]],
    [
      ["127.0.0.1:25", "[::]:25"],
      [
        { host: "127.0.0.1", port: 25 },
        { host: "::", port: 25 },
      ],
    ],
    [[], []],
  ])("reads %j", (value, addresses) => expect(parseListen(value)).toEqual(addresses));

  it.each([
    "",
    "foo",
    "25",
    ":25",
    "::1:25",
    "[127.0.0.1]:25",
    "1.2.3.4:65536",
    "1.2.3:25",
    25,
    true,
    null,
    ["off"],
    ["1.2.3.4:5", "x"],
  ])("refuses %j", (value) => expect(parseListen(value)).toBeUndefined());
});

describe("formatListen", () => {
  it("puts IPv6 in brackets", () => {
    expect(["0.0.0.0:25", "[::1]:25"].flatMap((text) => parseListen(text) ?? []).map(formatListen)).toEqual([
      "0.0.0.0:25",
      "[::1]:25",
    ]);
  });
});
