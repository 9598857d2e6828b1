import { describe, it } from "vitest";
import { intoHubAndSpoke, throughHubToStockOffice, throughSpokeToStock } from "./corpus-both-ways.ts";

// One of each kind; `npm run test:interop` plays the same scenes with 200 messages.
const FEW = { messages: 20, megabytes: 0 };

describe("a stock qmail peer", { timeout: 120_000 }, () => {
  it("drains into hub and spoke, byte for byte", () => intoHubAndSpoke(FEW));
  it("takes what flush --qmtp sends, byte for byte", () => throughSpokeToStock(FEW));
  it("as an office takes what the hub pushes, byte for byte", () => throughHubToStockOffice(FEW));
});
