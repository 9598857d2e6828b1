import { describe, expect, it } from "vitest";
import { readControlMap } from "#shared/qmail/control-files.js";
import type { Problem } from "#shared/qmail/lines.js";
import { sourceOf } from "../../shared/qmail/test-source.ts";
import { smtpRouteOf } from "./smtp-routes.ts";

function read(text: string) {
  const [pair] = readControlMap(sourceOf(`${text}\n`)).records;
  if (pair === undefined) throw new Error(text);
  return smtpRouteOf(pair);
}

describe("smtpRouteOf", () => {
  it.each([
    [":smart.example:587", "*", "smtp://smart.example:587"],
    [".r.test:relay.example", ".r.test", "smtp://relay.example"],
    ["R.test:[1.2.3.4]:26", "r.test", "smtp://1.2.3.4:26"],
    ["r.test:1.2.3.4", "r.test", "smtp://1.2.3.4"],
    ["r.test:[::1]", "r.test", "smtp://[::1]"],
    ["r.test:relay.example:", "r.test", "smtp://relay.example"],
    ["r.test:", "r.test", "mx"],
  ])("reads %j", (text, pattern, destination) => {
    expect(read(text)).toMatchObject({ line: 1, pattern, destination });
  });

  it.each([
    ["[1.2.3.4]:relay.example", /^1 left: .*literal/],
    ["r.test:999.1.2.3", /^1 bad/],
    ["r.test:relay:99999", /^1 bad/],
    ["r.test:re lay", /^1 bad/],
    ["r test:relay.example", /^1 bad/],
  ])("does not carry %j", (text, reason) => {
    const { line, weight, says } = read(text) as Problem;
    expect(`${line} ${weight}: ${says}`).toMatch(reason);
  });
});
