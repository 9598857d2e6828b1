import { expect, it } from "vitest";
import { HeaderScanner } from "#shared/mail/header.js";
import { messageClass } from "./message-class.ts";

it.each([
  ["Subject: x", 3000, "small"],
  ["Subject: x", 8192, "small"],
  ["Subject: x", 8193, "normal"],
  ["Subject: x", 100 * 1024 + 1, "bulk"],
  ["Priority: urgent", 500_000, "urgent"],
  ["X-Priority: 1 (Highest)", 3000, "urgent"],
  ["X-Priority: 3", 3000, "small"],
  ["Importance: High", 3000, "urgent"],
  ["List-Id: <news.example.org>", 3000, "bulk"],
  ["List-Unsubscribe: <mailto:x@example.org>", 3000, "bulk"],
  ["Precedence: bulk", 3000, "bulk"],
] as const)("a message with %j and %d bytes is %s", (line, bytes, wanted) => {
  const scanner = new HeaderScanner();
  scanner.feed(Buffer.from(`${line}\n\nbody\n`));
  scanner.end();
  expect(messageClass(scanner, bytes)).toBe(wanted);
});
