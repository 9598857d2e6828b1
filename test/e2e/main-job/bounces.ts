import { expect, it } from "vitest";
import { eventually } from "../../support/star.ts";
import { letter, type Scene } from "../scene.ts";

export function bounces(scene: Scene): void {
  const sunk = (mark: string) => scene.star.sink?.messages.filter(({ text }) => text.includes(mark)) ?? [];

  it("are reports for machines and people, with the header of the message and none of its text", async () => {
    await scene.send("mazar", "holly@example.org", "refused@outside.example", letter("comes back"));
    await scene.flush("mazar");
    // It may have come back in the window that took the message up.
    await eventually(async () => {
      await scene.flush("mazar");
      return scene.count("mazar", { person: "holly" }, "Subject: comes back");
    });
    const [bounce] = await scene.arrived("mazar", "holly", "Subject: comes back");
    expect(bounce?.head).toMatch(/^Return-Path: <>$/m);
    expect(bounce?.header("Content-Type")).toMatch(/^multipart\/report; .*report-type="?delivery-status/);
    expect(bounce?.header("Auto-Submitted")).toBe("auto-replied");
    expect(bounce?.body).toContain("Content-Type: message/delivery-status");
    expect(bounce?.body).toMatch(/^Status: 5\.1\.1$/m);
    expect(bounce?.body).toContain("Content-Type: text/rfc822-headers");
    expect(bounce?.body).toContain("Subject: comes back");
    expect(bounce?.body).not.toContain("The text of comes back.");
  });

  it("of an unknown name elsewhere in the star come to the writer from the hub", async () => {
    const unknown = ["nobody@herat.example.org", "bob@example.org"];
    expect(await scene.send("mazar", "hamid@example.org", unknown, letter("half unknown"))).toMatchObject({ ok: true });
    const flushed = await scene.flush("mazar");
    expect(flushed.failed).toEqual([
      expect.objectContaining({ recipient: "nobody@herat.example.org", status: "5.1.1" }),
    ]);
    await scene.arrived("hub", "bob", "half unknown");
    // Refused over the link: the sending side makes the report, so it does not cross.
    const [bounce] = await scene.arrived("mazar", "hamid", "half unknown");
    expect(bounce?.body).toMatch(/^Final-Recipient: rfc822; ?nobody@herat\.example\.org$/m);
  });

  it("that cannot be delivered themselves go to the postmaster, and no further", async () => {
    await scene.send("hub", "refused.writer@outside.example", "mixed@example.org", letter("double trouble"));
    const [report] = await scene.arrived("hub", "postmaster", "double trouble");
    expect(report?.body).toContain("refused.writer@outside.example");
    await eventually(async () => (await scene.queued("hub", "internet")).length === 0);
    expect(sunk("double trouble")).toEqual([]);
  });
}
