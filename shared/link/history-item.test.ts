import { expect, it } from "vitest";
import { addressesIn, historyItem, KEPT_OF_LONG } from "./history-item.ts";

const ADDRESSES = ["anna@example.org", "ben@example.com"];
const HEADER = { mailId: "abcdefghijklmnop", sender: "anna@example.org", recipients: [{ address: "ben@example.com" }] };
const HEAD = "<anna@example.org>\n<ben@example.com>\nid abcdefghijklmnop\n\n";
const BYTES = Buffer.from(Array.from({ length: 3000 }, (_one, index) => (index * 7919) % 256));

function itemOf(plain: Buffer): Buffer {
  return historyItem({ ...HEADER, size: plain.length }, plain);
}

it("an item is the envelope in lines and the content, and gives its addresses back", () => {
  const item = itemOf(Buffer.from("Subject: x\n\n<carl@example.org>\n"));
  expect(item.toString()).toBe(`${HEAD}Subject: x\n\n<carl@example.org>\n`);
  expect(addressesIn(item)).toEqual(ADDRESSES);
});

it("an item has base64 as the bytes it stands for, as parcels are encoded", () => {
  const item = itemOf(Buffer.from(`Subject: x\n\n${BYTES.toString("base64").replace(/.{76}/g, "$&\n")}\n`));
  expect(item.includes(BYTES)).toBe(true);
  expect(item.length).toBeLessThan(BYTES.length + HEAD.length + 40);
});

it("an item of a long message has its beginning only, the same whether all or only that is at hand", () => {
  const long = Buffer.from(`Subject: x\n\n${"Good morning\n".repeat(6000)}`);
  expect(itemOf(long).length).toBe(HEAD.length + KEPT_OF_LONG);
  expect(historyItem({ ...HEADER, size: long.length }, long.subarray(0, KEPT_OF_LONG))).toEqual(itemOf(long));
});
