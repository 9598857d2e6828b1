import { expect, it } from "vitest";
import { isAutomatic } from "./automatic.ts";

it.each<[sender: string, fields: Record<string, string>, automatic: boolean]>([
  ["zeno@example.org", {}, false],
  ["zeno@example.org", { subject: "Re: x", "auto-submitted": "no" }, false],
  ["zeno@example.org", { "auto-submitted": "No (by hand)" }, false],
  ["zeno@example.org", { precedence: "first-class" }, false],
  ["zeno@example.org", { "content-type": "multipart/alternative; boundary=x" }, false],
  ["", {}, true],
  ["#@[]", {}, true],
  ["MAILER-DAEMON@example.net", {}, true],
  ["zeno@example.org", { "auto-submitted": "auto-replied" }, true],
  ["zeno@example.org", { "auto-submitted": "auto-generated; x=y" }, true],
  ["zeno@example.org", { precedence: "Bulk" }, true],
  ["zeno@example.org", { precedence: "auto_reply" }, true],
  ["zeno@example.org", { "x-autoreply": "yes" }, true],
  ["zeno@example.org", { "content-type": "multipart/report; report-type=disposition-notification" }, true],
])("%j with %j: %s", (sender, fields, automatic) => {
  expect(isAutomatic(sender, (name) => fields[name])).toBe(automatic);
});
