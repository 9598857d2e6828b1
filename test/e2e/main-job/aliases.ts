import { expect, it } from "vitest";
import { eventually, qrelayJson } from "../../support/star.ts";
import { letter, type Scene } from "../scene.ts";

export function aliases(scene: Scene): void {
  const setAlias = (name: string, ...targets: string[]) =>
    qrelayJson(["hub", "alias", "set", name, ...targets, "--dir", scene.star.hub]);
  const sunk = (mark: string) => scene.star.sink?.messages.filter(({ text }) => text.includes(mark)) ?? [];

  it("reach members in several places, one copy for each place", async () => {
    await setAlias("staff", "holly", "hamid", "zeno", "bob", "friend@outside.example");
    // An office refuses a name that it has not heard of yet.
    await scene.flush("mazar");
    const sent = await scene.send("mazar", "hana@example.org", "staff@example.org", letter("to all staff"));
    expect(sent.ok).toBe(true);
    // The answer of the list comes back in the same window.
    expect(await scene.flush("mazar")).toMatchObject({ sent: { messages: 1 }, ended: "drained" });
    await scene.arrived("hub", "bob", "to all staff");
    await eventually(() => sunk("to all staff").length === 1);
    await scene.flush("mazar");
    await scene.flush("herat");
    await scene.arrived("herat", "zeno", "to all staff");
    for (const name of ["holly", "hamid"]) expect(await scene.arrived("mazar", name, "to all staff")).toHaveLength(1);
    expect(sunk("to all staff")).toHaveLength(1);
  });

  it("with an owner say in the header what list it was and how to leave it", async () => {
    await qrelayJson([
      ...["hub", "alias", "set", "news", "bob", "zeno", "friend@outside.example", "--owner", "holly"],
      ...["--dir", scene.star.hub],
    ]);
    await scene.send("hub", "writer@outside.example", "news@example.org", letter("the news"));
    const [out] = await eventually(() => {
      const found = sunk("the news");
      return found.length > 0 && found;
    });
    expect(out).toMatchObject({ from: "holly@example.org" });
    const [mine] = await scene.arrived("hub", "bob", "the news");
    for (const text of [out?.text ?? "", mine?.head ?? ""]) {
      expect(text.match(/^List-Id: .*$/gm)).toEqual(["List-Id: <news.example.org>"]);
      expect(text).toMatch(/^List-Unsubscribe: <mailto:holly@example\.org\?subject=unsubscribe%20news>$/m);
    }
  });

  it("with one bad member take the message, and one bounce tells of the bad one", async () => {
    await setAlias("mixed", "holly", "bob", "refused@outside.example");
    const sent = await scene.send("hub", "writer@outside.example", "mixed@example.org", letter("one bad member"));
    expect(sent).toMatchObject({ ok: true, refused: [] });
    await scene.arrived("hub", "bob", "one bad member");
    await scene.waiting("hub", "office/mazar", "one bad member");
    const [bounce] = await eventually(() => {
      const found = sunk("one bad member");
      return found.length > 0 && found;
    });
    expect(bounce).toMatchObject({ from: "", to: ["writer@outside.example"] });
    expect(bounce?.text).toMatch(/^Final-Recipient: rfc822; ?refused@outside\.example$/im);
    expect(bounce?.text).toMatch(/^Status: 5\.1\.1$/im);
    expect(bounce?.text).not.toContain("Final-Recipient: rfc822;bob");
    await eventually(async () => (await scene.queued("hub", "internet")).length === 0);
    expect(sunk("one bad member")).toHaveLength(1);
  });

  it("that a forwarder outside sends back end the loop with 5.4.6", async () => {
    await setAlias("forward", "forward@forwarder.example");
    await scene.send("hub", "writer@outside.example", "forward@example.org", letter("round and round"));
    const [first] = await eventually(() => {
      const found = sunk("round and round");
      return found.length > 0 && found;
    });
    expect(first?.to).toEqual(["forward@forwarder.example"]);
    // The forwarder sends it on as it got it, with a line of its own.
    const again = `Received: from kabul.example.org by forwarder.example with ESMTP; 1 Jan 2026 00:00:00 +0000\n${first?.text}`;
    await scene.send("hub", "writer@outside.example", "forward@example.org", again);
    const bounce = await eventually(() => sunk("round and round").find(({ from }) => from === ""));
    expect(bounce?.to).toEqual(["writer@outside.example"]);
    expect(bounce?.text).toMatch(/^Status: 5\.4\.6$/m);
    expect(sunk("round and round").filter(({ to }) => to.includes("forward@forwarder.example"))).toHaveLength(1);
  });
}
