import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderScanner } from "./header.ts";
import { newMailId } from "./mail-id.ts";
import { type Hop, receivedLine, rfc5322Date } from "./received.ts";

const date = new Date("2026-11-21T05:56:12Z");
const hop: Hop = { from: "laptop", by: "hub.example.org", with: "ESMTP", id: "ABCDEFGHIJKLMNOP", date, zoneMinutes: 0 };

describe("receivedLine", () => {
  it("names peer, address, ourselves, protocol, id and date", () => {
    expect(receivedLine({ ...hop, fromAddress: "192.0.2.4" })).toBe(
      "Received: from laptop ([192.0.2.4])\n  by hub.example.org with ESMTP id ABCDEFGHIJKLMNOP; Sat, 21 Nov 2026 05:56:12 +0000\n",
    );
    expect(receivedLine({ ...hop, from: "local", with: "local" })).toContain(
      "from local\n  by hub.example.org with local",
    );
  });

  it("writes addresses as literals", () => {
    expect(receivedLine({ ...hop, fromAddress: "2001:db8::1" })).toContain("([IPv6:2001:db8::1])");
    expect(receivedLine({ ...hop, fromAddress: "::ffff:192.0.2.4" })).toContain("([192.0.2.4])");
  });

  it("makes hostile values harmless", () => {
    const line = receivedLine({ ...hop, from: "a\r\nX: y;(\0é", fromAddress: "1)\n" });
    expect(line).toMatch(/^Received: from a\?\?X:\?y\?\?\?\? \(\[1\?\?\]\)\n {2}by /);
    expect(receivedLine({ ...hop, from: "" })).toContain("from unknown\n");
    expect(receivedLine({ ...hop, from: "x".repeat(4000) }).split("\n")[0]?.length).toBeLessThan(300);
  });

  it("is read back by the header scanner whatever the peer says", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string(),
        fc.date({ noInvalidDate: true }),
        (from, address, when) => {
          const id = newMailId();
          const scanner = new HeaderScanner();
          scanner.feed(
            Buffer.from(`${receivedLine({ ...hop, from, fromAddress: address, id, date: when })}Subject: s\n\n`),
          );
          expect(scanner.topReceivedId).toBe(id);
          expect(scanner.receivedBy("hub.example.org")).toBe(1);
          expect(scanner.field("subject")).toBe("s");
        },
      ),
    );
  });
});

describe("rfc5322Date", () => {
  it("writes zones east and west of Greenwich", () => {
    expect(rfc5322Date(date, 270)).toBe("Sat, 21 Nov 2026 10:26:12 +0430");
    expect(rfc5322Date(date, -570)).toBe("Fri, 20 Nov 2026 20:26:12 -0930");
  });

  it("takes this machine's zone by default and names the same moment", () => {
    expect(new Date(rfc5322Date(date)).getTime()).toBe(date.getTime());
  });

  it("throws for an invalid date", () => {
    expect(() => rfc5322Date(new Date(Number.NaN))).toThrow("Cannot write a date");
  });
});
