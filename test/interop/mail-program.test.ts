import { describe, expect, it } from "vitest";
import { flush, startNode, queued as waiting } from "../support/star.ts";
import { runningHub, scene } from "./scene.ts";
import { python } from "./stand-ins.ts";

const PASSWORD = "correct horse";
/** What mail-client.py prints; `reply` is what a client that did not log in is told. */
const wentWell = (reply: number): string[] => [
  ...["sent with PLAIN", "refused with 535", "sent with LOGIN", "refused with 535"],
  ...[`without login ${reply}`, "read ?bergabe PLAIN", "read ?bergabe LOGIN", "left 0"],
];

describe("a mail program without special settings", { timeout: 120_000 }, () => {
  it("sends and reads at the hub, and at an office with the password from the hub", async () => {
    const dir = await scene();
    const people = { hans: "kabul", holly: "herat" };
    const passwords = { hans: PASSWORD, holly: PASSWORD };
    const { star, hub } = await runningHub(dir, { offices: ["herat"], people, passwords });
    const ports = [String(hub.port("submission")), String(hub.port("pop3"))];
    const words = ["hans@example.org", PASSWORD, "hans@example.org", "x@elsewhere.example"];
    const atHub = await python("mail-client.py", [...ports, ...words]);
    expect(atHub.out.trimEnd().split("\n"), atHub.err).toEqual(wentWell(530));
    expect(await waiting(star.hub, "internet")).toHaveLength(2);

    await flush(star.spoke("herat"), hub.port("link"));
    const spoke = await startNode("spoke", star.spoke("herat"));
    const there = [String(spoke.port("submission")), String(spoke.port("pop3"))];
    const office = ["holly@example.org", PASSWORD, "holly@example.org", "hans@example.org"];
    const atSpoke = await python("mail-client.py", [...there, ...office]);
    // At a spoke the machine itself may send anywhere without a password.
    expect(atSpoke.out.trimEnd().split("\n"), atSpoke.err).toEqual(wentWell(250));
    expect(await waiting(spoke.dir, "outbound")).toHaveLength(2);
  });
});
