import { describe, expect, it } from "vitest";
import { canonicalAddress, type DnsRecord, starRecords } from "./records.ts";
import { ADDRESSES, STAR } from "./test-star.ts";
import { tinydnsLine, tinydnsText } from "./tinydns.ts";

const HOST = STAR.host;

/** The reverse, as tinydns-data reads its lines. */
function readLine(line: string): DnsRecord {
  const [name = "", ...fields] = line.slice(1).split(":");
  const head = { name, ttl: Number(fields.at(-1)) };
  const [first = "", second = "", third = ""] = fields;
  if (line.startsWith("=") || line.startsWith("+")) return { ...head, type: "A", address: first };
  if (line.startsWith("@")) return { ...head, type: "MX", exchange: second, preference: Number(third) };
  if (line.startsWith("'")) return { ...head, type: "TXT", text: bytes(first).toString() };
  const data = bytes(second);
  if (first === "28") return { ...head, type: "AAAA", address: canonicalAddress(groups(data).join(":")) ?? "" };
  if (first !== "33") throw new Error(line);
  const [priority = 0, weight = 0, port = 0] = [0, 2, 4].map((at) => data.readUInt16BE(at));
  return { ...head, type: "SRV", priority, weight, port, target: nameAt(data, 6) };
}

function bytes(field: string): Buffer {
  const all = [...field.matchAll(/\\([0-7]{1,3})|(.)/g)];
  return Buffer.from(all.map(([, octal, plain = ""]) => (octal ? Number.parseInt(octal, 8) : plain.charCodeAt(0))));
}

function groups(data: Buffer): string[] {
  expect(data).toHaveLength(16);
  return Array.from({ length: 8 }, (_, index) => data.readUInt16BE(index * 2).toString(16));
}

function nameAt(data: Buffer, start: number): string {
  const labels: string[] = [];
  let at = start;
  for (let length = data.readUInt8(at); length > 0; length = data.readUInt8(at)) {
    labels.push(data.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  expect(at).toBe(data.length - 1);
  return labels.join(".");
}

describe("tinydns text", () => {
  it("has the forms that add-host, add-alias and add-mx write, with the hub's name and preference", () => {
    const star = { ...STAR, addresses: ["192.0.2.1"], domains: ["example.org"], offices: ["herat.example.org"] };
    expect(tinydnsText(starRecords(star), HOST)).toBe(String.raw`=kabul.example.org:192.0.2.1:86400
+mailhub.example.org:192.0.2.1:86400
@example.org::kabul.example.org:10:86400
@kabul.example.org::kabul.example.org:10:86400
@herat.example.org::kabul.example.org:10:86400
'example.org:v=spf1 a\072kabul.example.org mx -all:86400
'kabul.example.org:v=spf1 a\072kabul.example.org mx -all:86400
:_submission._tcp.example.org:33:\000\000\000\001\002\113\005kabul\007example\003org\000:86400
:_pop3._tcp.example.org:33:\000\000\000\001\000\156\005kabul\007example\003org\000:86400
`);
  });

  it("reads back as what was written", () => {
    const records = starRecords({
      ...STAR,
      addresses: [...ADDRESSES, "::1:0", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8"].map(canonical),
    });
    const text = tinydnsText(records, HOST);
    expect(text.trimEnd().split("\n").map(readLine)).toEqual(records);
  });

  it.each([String.raw`a:b \072 c`, "ends in a blank ", "کابل\tä\u0000", "x".repeat(300), ""])(
    "escapes the text %j",
    (text) => {
      const record: DnsRecord = { name: "example.org", ttl: 60, type: "TXT", text };
      const line = tinydnsLine(record, HOST);
      expect(line).toMatch(/^[\x20-\x7e]*$/);
      expect(readLine(line)).toEqual(record);
    },
  );

  it("writes an exchanger without a dot as a whole name", () => {
    const record: DnsRecord = { name: "example.org", ttl: 60, type: "MX", preference: 10, exchange: "kabul" };
    expect(tinydnsLine(record, HOST)).toBe("@example.org::kabul.:10:60");
  });
});

function canonical(text: string): string {
  return canonicalAddress(text) ?? "";
}
