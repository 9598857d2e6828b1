/** P7: what is not there now may be there later. Nothing is lost, nothing has to be restarted. */
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { askDaemon } from "#shared/io/control.js";
import { eventually, qrelay, qrelayJson, startSink } from "../../support/star.ts";
import { logged } from "../log-lines.ts";
import { letter, useStar } from "../scene.ts";

const scene = useStar({ offices: ["mazar", "herat"], people: { bob: "kabul", holly: "mazar" } });

const flushOf = (office: string, to: string) =>
  qrelay(["spoke", "flush", "--connect", to, "--json", "--dir", scene.folder(office)]);

describe("a smart host", () => {
  it("that is away defers its mail, which goes when it is back", async () => {
    const first = await startSink();
    const { port } = first;
    await first.close();
    const route = ["hub", "route", "set", "*", `smtp://127.0.0.1:${port}`, "--dir", scene.star.hub];
    await qrelayJson(route);
    await scene.send("mazar", "holly@example.org", "client@outside.example", letter("smart host away"));
    await scene.flush("mazar");
    await eventually(() => logged(scene.hub.log, "deferred").length > 0);
    expect(await scene.count("hub", { queue: "internet" }, "smart host away")).toBe(1);
    const silent = createServer((socket) => socket.end("421 4.3.2 not now\r\n")).listen(port, "127.0.0.1");
    await askDaemon(scene.star.hub, { command: "retry", args: { queue: "internet" } });
    await eventually(() => logged(scene.hub.log, "deferred").length > 1);
    await new Promise((resolve) => silent.close(resolve));
    await qrelayJson(["hub", "route", "remove", "*", "--dir", scene.star.hub]);
    const sink = await startSink();
    await qrelayJson(["hub", "route", "set", "*", `smtp://127.0.0.1:${sink.port}`, "--dir", scene.star.hub]);
    await askDaemon(scene.star.hub, { command: "retry", args: { queue: "internet" } });
    await eventually(() => sink.messages.some(({ text }) => text.includes("smart host away")));
    await eventually(async () => (await scene.queued("hub", "internet")).length === 0);
    expect(sink.messages).toHaveLength(1);
    await sink.close();
  });
});

describe("flush", () => {
  it("without a hub ends with 69 and keeps the mail", async () => {
    await scene.send("mazar", "holly@example.org", "bob@example.org", letter("no hub"));
    const { code, out } = await flushOf("mazar", "127.0.0.1:1");
    expect(code).toBe(69);
    expect(JSON.parse(out)).toMatchObject({ ended: "unreachable", left: { messages: 1 } });
    const quiet = ["spoke", "flush", "--connect", "127.0.0.1:1", "--quiet", "--dir", scene.folder("mazar")];
    expect(await qrelay(quiet)).toEqual({ code: 69, out: "", err: "" });
    await scene.flush("mazar");
    await scene.arrived("hub", "bob", "no hub");
  });

  it("with a key that the hub has changed ends with 77 and keeps the mail", async () => {
    await scene.send("herat", "somebody@herat.example.org", "bob@example.org", letter("old key"));
    await qrelayJson(["hub", "office", "rekey", "herat", "--address", "127.0.0.1:6209", "--dir", scene.star.hub]);
    const { code, out } = await flushOf("herat", `127.0.0.1:${scene.hub.port("link")}`);
    expect(JSON.parse(out)).toMatchObject({ ended: "refused", left: { messages: 1 } });
    expect(code).toBe(77);
    expect(logged(scene.hub.log, "link-refused").length).toBeGreaterThan(0);
    expect(await scene.count("herat", { queue: "outbound" }, "old key")).toBe(1);
  });

  it("while another one is under way ends with 75 and says whose it is", async () => {
    // A hub that takes the call and says nothing holds the window open.
    const stuck = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(stuck, "listening");
    const { port } = stuck.address() as { port: number };
    const opened = () => logged(scene.node("mazar").log, "window-open").length;
    const before = opened();
    const first = flushOf("mazar", `127.0.0.1:${port}`);
    await scene.send("mazar", "holly@example.org", "bob@example.org", letter("two flushes"));
    await eventually(() => opened() > before);
    const second = await flushOf("mazar", `127.0.0.1:${scene.hub.port("link")}`);
    expect(second.code).toBe(75);
    const said = JSON.parse(second.out) as { ended: string; reason: string };
    expect(said.ended).toBe("busy");
    expect(said.reason).toContain(`process ${scene.node("mazar").pid}`);
    stuck.close();
    await scene.stop("mazar");
    expect((await first).code).not.toBe(0);
    await scene.start("mazar");
    await scene.flush("mazar");
    await scene.arrived("hub", "bob", "two flushes");
  });
});

describe("a second daemon", () => {
  it.each(["hub", "mazar"])("on the folder of %s refuses to start and says who has it", async (name) => {
    const kind = name === "hub" ? "hub" : "spoke";
    const { code, err } = await qrelay([kind, "run", "--dir", join(scene.dir, name)]);
    expect(code).toBe(75);
    expect(err).toContain(`process ${scene.node(name).pid}`);
    await scene.send("mazar", "holly@example.org", "holly@example.org", letter(`still here ${name}`));
    await scene.arrived("mazar", "holly", `still here ${name}`);
  });
});
