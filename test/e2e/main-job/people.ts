import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually, qrelay, qrelayJson } from "../../support/star.ts";
import { readPop3 } from "../read-pop3.ts";
import { letter, type Scene } from "../scene.ts";

/** People travel as the mail does. */
export function people(scene: Scene): void {
  const onHub = (...words: string[]) => qrelayJson(["hub", "person", ...words, "--dir", scene.star.hub]);
  const readAt = (office: string, name: string, password: string) =>
    readPop3(scene.node(office).port("pop3"), `${name}@example.org`, password);

  it("arrive at their office with the mail, a changed password too", async () => {
    const set = (password: string) =>
      qrelay(["hub", "person", "password", "zahra", "--password-stdin", "--dir", scene.star.hub], {
        stdin: `${password}\n`,
      });
    expect(await set("first secret")).toMatchObject({ code: 0 });
    await scene.flush("herat");
    expect(await readAt("herat", "zahra", "first secret")).toBeInstanceOf(Array);
    await set("second secret");
    await scene.flush("herat");
    expect(await readAt("herat", "zahra", "second secret")).toBeInstanceOf(Array);
    await expect(readAt("herat", "zahra", "first secret")).rejects.toThrow();
  });

  it("whose password was changed at their office have it wherever they are posted, from the next window on", async () => {
    const add = ["spoke", "person", "password", "zahra", "--password-stdin", "--dir", scene.star.spoke("herat")];
    expect(await qrelay(add, { stdin: "third secret\n" })).toMatchObject({ code: 0 });
    await scene.flush("herat");
    expect(await readAt("herat", "zahra", "third secret")).toBeInstanceOf(Array);
    await onHub("move", "zahra", "--to", "mazar");
    await scene.flush("mazar");
    expect(await readAt("mazar", "zahra", "third secret")).toBeInstanceOf(Array);
    await onHub("move", "zahra", "--to", "herat");
    await scene.flush("herat");
    expect(await readAt("herat", "zahra", "third secret")).toBeInstanceOf(Array);
  });

  it("added at the hub while the office is away get their first mail with their name", async () => {
    await onHub("add", "newcomer", "--office", "mazar");
    await scene.send("hub", "friend@outside.example", "newcomer@example.org", letter("welcome"));
    await scene.waiting("hub", "office/mazar", "welcome");
    expect(await scene.flush("mazar")).toMatchObject({ ended: "drained", failed: [] });
    await scene.arrived("mazar", "newcomer", "welcome");
  });

  it("made at the office before the hub knows them get local mail, and stay", async () => {
    const dir = scene.star.spoke("mazar");
    const add = ["spoke", "person", "add", "early", "--password-stdin", "--dir", dir];
    expect(await qrelay(add, { stdin: "secret of early\n" })).toMatchObject({ code: 0 });
    await scene.send("mazar", "holly@example.org", "early@mazar.example.org", letter("early bird"));
    await scene.arrived("mazar", "early", "early bird");
    await onHub("add", "another", "--office", "mazar");
    await scene.flush("mazar");
    const { people: all } = await qrelayJson<{ people: { name: string; listed: boolean }[] }>([
      ...["spoke", "person", "list", "--dir", dir],
    ]);
    expect(all).toContainEqual(expect.objectContaining({ name: "early", listed: false }));
    expect(all).toContainEqual(expect.objectContaining({ name: "another", listed: true }));
    expect(await readAt("mazar", "early", "secret of early")).toHaveLength(1);
  });

  it("who are suspended take no mail, at the hub and at their office, until they are let in again", async () => {
    await onHub("suspend", "gone");
    const refused = await scene.send("hub", "friend@outside.example", "gone@example.org", letter("for gone"));
    expect(refused.text).toMatch(/^550 5\.2\.1 /);
    await scene.flush("herat");
    const there = await scene.send("herat", "zeno@example.org", "gone@example.org", letter("for gone"));
    expect(there.text).toMatch(/^550 5\.2\.1 /);
    await onHub("suspend", "gone", "--off");
    await scene.flush("herat");
    expect(await scene.send("herat", "zeno@example.org", "gone@example.org", letter("back"))).toMatchObject({
      ok: true,
    });
    await scene.arrived("herat", "gone", "Subject: back");
  });

  it("who move take the mail with them that waits", async () => {
    await scene.flush("mazar");
    await scene.send("hub", "friend@outside.example", "layla@example.org", letter("for layla alone"));
    const both = ["layla@example.org", "hamid@example.org"];
    await scene.send("hub", "friend@outside.example", both, letter("for layla and hamid"));
    await scene.waiting("hub", "office/mazar", "for layla", 2);
    expect(await onHub("move", "layla", "--to", "herat")).toMatchObject({ office: "herat" });
    await scene.waiting("hub", "office/herat", "for layla", 2);
    expect(await scene.count("hub", { queue: "office/mazar" }, "for layla alone")).toBe(0);
    await scene.flush("herat");
    expect(await scene.arrived("herat", "layla", "for layla", 2)).toHaveLength(2);
    await scene.flush("mazar");
    await scene.arrived("mazar", "hamid", "for layla and hamid");
    expect(await scene.count("mazar", { person: "layla" }, "for layla")).toBe(0);
    // Her old office learned of it in the same window.
    await scene.send("mazar", "hamid@example.org", "layla@example.org", letter("after layla left"));
    await scene.waiting("mazar", "outbound", "after layla left");
    // And sends on, once, what is still written to her there.
    await scene.send("mazar", "hamid@example.org", "layla@mazar.example.org", letter("to the old desk"));
    const [stale] = await scene.waiting("mazar", "outbound", "to the old desk");
    expect(stale?.head).toContain("Delivered-To: layla@example.org\n");
    await scene.flush("mazar");
    await scene.flush("herat");
    const [found] = await scene.arrived("herat", "layla", "to the old desk");
    expect(found?.head).toContain("Delivered-To: layla@mazar.example.org\n");
    expect(await scene.send("mazar", "hamid@example.org", "nobody@mazar.example.org", letter("x"))).toMatchObject({
      ok: false,
    });
  });

  it("whose mailbox shall follow find their old mail wherever they are posted, and nobody else gets it", async () => {
    const dir = ["--dir", scene.star.hub];
    await onHub("add", "nomad", "--office", "kabul");
    for (const mark of ["at home", "at home too"])
      await scene.send("hub", "friend@outside.example", "nomad@example.org", letter(mark));
    await scene.arrived("hub", "nomad", "at home", 2);
    await qrelayJson(["hub", "instructions", "set", "nomad", "./", "copy@outside.example", ...dir]);
    const move = (office: string) => onHub("move", "nomad", "--to", office, "--with-mailbox");
    expect(await move("herat")).toMatchObject({ mailbox: { messages: 2, tooLarge: 0, later: [] } });
    await scene.flush("herat");
    await scene.arrived("herat", "nomad", "at home", 2);
    expect(await scene.count("hub", { person: "nomad" }, "at home")).toBe(0);
    await scene.send("herat", "zeno@example.org", "nomad@herat.example.org", letter("at home in herat"));
    await scene.arrived("herat", "nomad", "at home in herat");
    expect(await move("mazar")).toMatchObject({ mailbox: { messages: 0, later: ["herat"] } });
    await scene.flush("herat");
    await eventually(async () => (await scene.queued("herat", "outbound")).length === 0 || scene.flush("herat"));
    await scene.flush("mazar");
    const found = await scene.arrived("mazar", "nomad", "at home", 3);
    expect(found.map(({ head }) => /^Delivered-To: (.*)$/m.exec(head)?.[1])).toEqual(
      found.map(() => "nomad@mazar.example.org"),
    );
    expect(await move("kabul")).toMatchObject({ mailbox: { later: ["herat", "mazar"] } });
    await scene.flush("mazar");
    await eventually(
      async () => (await scene.count("hub", { person: "nomad" }, "at home")) === 3 || scene.flush("mazar"),
    );
    await scene.flush("herat");
    expect(await scene.count("hub", { person: "nomad" }, "at home")).toBe(3);
    expect(scene.star.sink?.messages.filter(({ text }) => text.includes("at home"))).toEqual([]);
  });

  it("whom a list of staff posts elsewhere take the mail with them that waits", async () => {
    const ask = (...words: string[]) => qrelay(["hub", "directory", ...words, "--dir", scene.star.hub]);
    const file = join(scene.star.hub, "../staff.csv");
    const { out } = await ask("export");
    await writeFile(file, out.replace("hana,mazar", "hana,herat"));
    await scene.send("hub", "friend@outside.example", "hana@example.org", letter("for hana"));
    await scene.waiting("hub", "office/mazar", "for hana");
    const said = await ask("sync", file);
    expect(said.out).toBe("> hana: mazar -> herat\nDone: 1 moved; moved 1 waiting messages\n");
    await scene.waiting("hub", "office/herat", "for hana");
    expect(await scene.count("hub", { queue: "office/mazar" }, "for hana")).toBe(0);
    expect(await ask("sync", file)).toEqual({ code: 0, out: "Done: nothing to change\n", err: "" });
    await writeFile(file, out);
    expect(await ask("sync", file)).toMatchObject({ code: 0 });
    await scene.flush("mazar");
    await scene.arrived("mazar", "hana", "for hana");
  });
}
