import { describe, expect, it } from "vitest";
import type { Origin, Route } from "#shared/queue/route.js";
import { remembered } from "./remembered.ts";

const STRANGER: Origin = { relay: false };

function place(name: string): Route {
  return { kind: "to", destinations: [{ place: { kind: "queue", name }, recipient: "holly@mazar.example.org" }] };
}

/** A router that counts, over a state that the test turns. */
function counting(route: Route = place("office/mazar")) {
  const asked = { times: 0, state: "1" as string | undefined, route };
  const router = remembered(
    () => {
      asked.times++;
      return asked.route;
    },
    () => asked.state,
  );
  return { asked, router };
}

describe("remembered", () => {
  it("asks once for a recipient while nothing changes", () => {
    const { asked, router } = counting();
    expect(router("holly@example.org", STRANGER)).toEqual(router("holly@example.org", STRANGER));
    expect(asked.times).toBe(1);
  });

  it("asks again after any change", () => {
    const { asked, router } = counting();
    router("holly@example.org", STRANGER);
    asked.state = "2";
    asked.route = place("office/herat");
    expect(router("holly@example.org", STRANGER)).toEqual(place("office/herat"));
  });

  it("tells apart who asks", () => {
    const { asked, router } = counting();
    for (const origin of [
      STRANGER,
      { relay: true },
      { relay: false, link: "mazar" },
      { relay: false, office: "mazar" },
    ])
      router("holly@example.org", origin);
    expect(asked.times).toBe(4);
  });

  it("remembers nothing while there is no saying whether something changed", () => {
    const { asked, router } = counting();
    asked.state = undefined;
    for (let turn = 0; turn < 2; turn++) router("holly@example.org", STRANGER);
    expect(asked.times).toBe(2);
  });

  it("remembers neither refusals nor lists", () => {
    const one = { place: { kind: "queue", name: "office/mazar" }, recipient: "a@mazar.example.org" } as const;
    for (const route of [
      { kind: "refused", status: "5.1.1", text: "nobody" },
      { kind: "to", destinations: [one, { ...one, recipient: "b@mazar.example.org" }] },
    ] as const satisfies Route[]) {
      const { asked, router } = counting(route);
      for (let turn = 0; turn < 2; turn++) router("x@example.org", STRANGER);
      expect(asked.times).toBe(2);
    }
  });

  it("forgets before it fills memory, and goes on", () => {
    const { asked, router } = counting();
    for (let count = 0; count < 3000; count++) router(`p${count}@example.org`, STRANGER);
    router("p0@example.org", STRANGER);
    expect(asked.times).toBe(3001);
  });
});
