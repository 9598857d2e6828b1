import { describe, expect, it } from "vitest";
import { forwardedBy, isFastforward } from "./forward-command.ts";

describe("forwardedBy", () => {
  it.each<[command: string, addresses: string[] | undefined]>([
    ["forward a@x.example b", ["a@x.example", "b"]],
    ["/var/qmail/bin/forward a", ["a"]],
    ['forward "$LOCAL"@x.example', ["{LOCAL}@x.example"]],
    ["forward $" + "{DEFAULT}@x.example '$EXT'@y.example", ["{DEFAULT}@x.example", "{EXT}@y.example"]],
    ["forward pre-$DEFAULT@x.example", ["pre-{DEFAULT}@x.example"]],
    ["forward", undefined],
    ["forward $SENDER", undefined],
    ["forward $LOCALLY@x", undefined],
    ["forward `cat list`", undefined],
    ["forward a; rm x", undefined],
    ["forward a | tee x", undefined],
    ["forward {LOCAL}@x.example", undefined],
    ["condredirect a true", undefined],
    ["fastforward -d x", undefined],
  ])("%s", (command, addresses) => {
    expect(forwardedBy(command)).toEqual(addresses);
  });

  it("knows fastforward by its name alone", () => {
    expect(
      ["fastforward -d x", "/usr/bin/fastforward x", "notfastforward", "x-fastforward y"].map(isFastforward),
    ).toEqual([true, true, false, false]);
  });
});
