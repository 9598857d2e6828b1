import { expect, it } from "vitest";
import { listHeaders } from "./list-headers.ts";

it("names the list and how to leave it", () => {
  expect(listHeaders({ address: "sales@example.org", owner: "anna@example.org" })).toBe(
    "List-Id: <sales.example.org>\nList-Unsubscribe: <mailto:anna@example.org?subject=unsubscribe%20sales>\n",
  );
});

it("puts nothing of an address into a header that could end it or mean something else", () => {
  expect(listHeaders({ address: "büro@example.org", owner: "anna@example.org" })).toBe("");
  expect(listHeaders({ address: "a\nb@example.org", owner: "anna@example.org" })).toBe("");
  expect(listHeaders({ address: "sales@example.org", owner: "a>\n,b@example.org" })).toContain(
    "<mailto:a%3E%0A%2Cb@example.org?",
  );
  expect(listHeaders({ address: "sales@example.org", owner: "anna@[192.0.2.1]" })).toBe("");
  expect(listHeaders({ address: "sales@example.org", owner: "anna" })).toBe("");
  expect(listHeaders({ address: "@example.org", owner: "anna@example.org" })).toBe("");
});
