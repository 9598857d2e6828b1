import { describe, expect, it } from "vitest";
import { Shares } from "./shares.ts";

describe("shares", () => {
  it("let so many of a kind go at once, and the held back in their order when one is done", () => {
    const shares = new Shares<string>((kind) => (kind === "news" ? 2 : undefined));
    expect([1, 2, 3].map(() => shares.take("news"))).toEqual([true, true, false]);
    expect([1, 2, 3].map(() => shares.take("free"))).toEqual([true, true, true]);
    for (const one of ["c", "d"]) shares.holdBack("news", one);
    expect(shares.release("news")).toBe("c");
    expect(shares.take("news")).toBe(true);
    expect([shares.release("news"), shares.release("news")]).toEqual(["d", undefined]);
  });

  it("ask for the limit each time", () => {
    let limit: number | undefined = 1;
    const shares = new Shares<string>(() => limit);
    shares.take("news");
    expect(shares.isFull("news")).toBe(true);
    limit = 2;
    expect(shares.isFull("news")).toBe(false);
    limit = undefined;
    expect(shares.isFull("news")).toBe(false);
  });

  it("forget whom they held back", () => {
    const shares = new Shares<string>(() => 1);
    shares.take("news");
    shares.holdBack("news", "a");
    shares.forgetHeldBack();
    expect(shares.release("news")).toBeUndefined();
  });
});
