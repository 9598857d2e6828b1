import { describe, it } from "vitest";
import { intoHubAndSpoke, throughHubToStockOffice, throughSpokeToStock } from "./corpus-both-ways.ts";

const MANY = { messages: 200, megabytes: 2 };

describe("a stock qmail peer with 200 odd messages", () => {
  it("drains into hub and spoke, byte for byte", () => intoHubAndSpoke(MANY));
  it("takes what flush --qmtp sends, byte for byte", () => throughSpokeToStock(MANY));
  it("as an office takes what the hub pushes, byte for byte", () => throughHubToStockOffice(MANY));
});
