import { describe, expect, it } from "vitest";
import { Shares } from "./shares.ts";

describe("shares", () => {
  it("let so many of a kind go at once, and the held back in their order when one is done", () => {
    const shares = new Shares<string>((kind) => (kind === "news" ? 2 : undefined));
    expect([1, 2, 3].map(() => shares.take("news"))).toEqual([true, true, false]);
    expect([1, 2, 3].map(() => shares.take("free"))).toEqual([true, true, true]);
    for (const one of ["c", "d"]) shares.holdBack("news", one);
    expect(shares.next("news")).toBeUndefined();
    shares.release("news");
    expect(shares.next("news")).toBe("c");
    expect(shares.take("news")).toBe(true);
    shares.release("news");
    expect([shares.next("news"), shares.next("news")]).toEqual(["d", undefined]);
  });

  it("ask for the limit when it may have another answer, and not for each of those that wait", () => {
    let limit: number | undefined = 1;
    let asked = 0;
    const shares = new Shares<string>(() => {
      asked += 1;
      return limit;
    });
    shares.take("news");
    for (let one = 0; one < 1000; one += 1) expect(shares.isFull("news")).toBe(true);
    expect(asked).toBe(2);
    limit = 2;
    shares.forgetHeldBack();
    expect(shares.take("news")).toBe(true);
    expect(shares.isFull("news")).toBe(true);
    limit = undefined;
    shares.release("news");
    expect(shares.isFull("news")).toBe(false);
  });

  it("forget whom they held back", () => {
    const shares = new Shares<string>(() => 1);
    shares.take("news");
    shares.holdBack("news", "a");
    shares.forgetHeldBack();
    shares.release("news");
    expect(shares.next("news")).toBeUndefined();
  });
});
