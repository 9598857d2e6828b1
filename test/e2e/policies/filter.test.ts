/** The filter on accept: a program's word before the answer is given. */
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, qrelay, qrelayJson } from "../../support/star.ts";
import { qmtpPackage, sendQmtp } from "../qmtp-wire.ts";
import { letter, useStar } from "../scene.ts";

/** Judges by the subject; writes down what it was told. */
const FILTER = (dir: string) => `#!/bin/sh
message=$(cat; echo .)
message=\${message%.}
{ echo "$LISTENER|$ACCOUNT|$CLIENT|$SENDER|$RECIPIENTS" | tr '\\n' ' '; echo; } >> ${dir}/seen
case "$message" in
  *"Subject: refuse"*) echo "this looks like an"; echo "advertisement"; exit 100 ;;
  *"Subject: rewrite"*) printf '%s' "$message"; echo "-- checked at headquarters"; exit 99 ;;
  *"Subject: hang"*) sleep 60 ;;
  *"Subject: break"*) kill -9 $$ ;;
  *"Subject: empty"*) exit 99 ;;
  *multipart/report*) exit 100 ;;
  *"Subject: later"*) echo "come back later" >&2; exit 111 ;;
esac
`;

const scene = useStar({
  offices: ["mazar"],
  people: { holly: "kabul", zeno: "mazar" },
  sink: true,
  prepare: async ({ hub, spoke }) => {
    const spokeToml = join(spoke("mazar"), "spoke.toml");
    const strict = `"/bin/sh -c 'grep -q \\"^Subject: secret\\" && exit 100; exit 0'"`;
    await writeFile(spokeToml, `accept.filter = ${strict}\n${await readFile(spokeToml, "utf8")}`);
    const path = join(hub, "filter");
    await writeFile(path, FILTER(hub));
    await chmod(path, 0o755);
    const toml = join(hub, "hub.toml");
    const text = await readFile(toml, "utf8");
    await writeFile(toml, `accept.filter = "${path} --mode 'of operation'"\naccept.filter-timeout = "2s"\n${text}`);
  },
});

const ANN = "ann@far.example";
const send = (mark: string, to: string | string[] = "holly@example.org") => scene.send("hub", ANN, to, letter(mark));
const seen = async () => (await readFile(join(scene.star.hub, "seen"), "utf8")).split("\n");

describe("the filter", () => {
  it("takes a message as it came, and was told who and whence", async () => {
    expect(await send("plain", ["holly@example.org", "zeno@example.org"])).toMatchObject({ ok: true });
    const [message] = await scene.arrived("hub", "holly", "plain");
    expect(message?.body).toBe("The text of plain.\n");
    expect(await seen()).toContain(`smtp||127.0.0.1|${ANN}|holly@example.org zeno@example.org `);
  });

  it("has its own message taken in place of the one that came", async () => {
    expect(await send("rewrite")).toMatchObject({ ok: true });
    const [message] = await scene.arrived("hub", "holly", "rewrite");
    expect(message?.body).toBe("The text of rewrite.\n-- checked at headquarters\n");
    expect(message?.head.match(/^Received:/gm)).toHaveLength(1);
  });

  it("refuses with its words, in one line, and nobody gets a bounce", async () => {
    expect(await send("refuse")).toMatchObject({
      ok: false,
      text: "554 5.7.1 this looks like an advertisement",
    });
    expect(await scene.count("hub", { person: "holly" }, "refuse")).toBe(0);
    expect(scene.star.sink?.messages).toEqual([]);
  });

  it.each([
    ["hang", /^451 4\.3\.0 .*took longer than 2 s/],
    ["break", /^451 4\.3\.0 .*SIGKILL/],
    ["empty", /^451 4\.3\.0 .*is empty/],
    ["later", /^451 4\.3\.0 .*come back later/],
  ])("that does not say a clear word (%s) defers", async (mark, reply) => {
    expect((await send(mark)).text).toMatch(reply);
    expect(await scene.count("hub", { person: "holly" }, mark)).toBe(0);
    expect(await scene.count("hub", { queue: "sorting" }, mark)).toBe(0);
  });

  it("answers packages by QMTP", async () => {
    const bytes = qmtpPackage(letter("refuse by qmtp"), ANN, ["holly@example.org", "zeno@example.org"]);
    const answer = { letter: "D", text: "this looks like an advertisement (#5.7.1)" };
    expect(await sendQmtp(scene.hub.port("qmtp"), bytes)).toMatchObject([answer, answer]);
  });

  it("answers the parcels of an office, whose sender hears of a refusal by a bounce there", async () => {
    for (const mark of ["refuse from afar", "rewrite from afar"])
      await scene.send("mazar", "zeno@example.org", "holly@example.org", letter(mark));
    await eventually(async () => (await scene.flush("mazar")).ended === "drained");
    const [message] = await scene.arrived("hub", "holly", "rewrite from afar");
    expect(message?.body).toContain("-- checked at headquarters");
    const [bounce] = await scene.arrived("mazar", "zeno", "refuse from afar");
    expect(bounce?.body).toContain("this looks like an advertisement");
    expect(await seen()).toContain("link|||zeno@example.org|holly@example.org ");
  });

  it("may be an office's own, for its people's mail and for what comes over the link", async () => {
    const refused = await scene.send("mazar", "zeno@example.org", "holly@example.org", letter("secret plan"));
    expect(refused.text).toBe("554 5.7.1 refused by the filter of this node");
    await scene.send("hub", ANN, "zeno@example.org", letter("secret question"));
    await scene.waiting("hub", "office/mazar", "secret question");
    await eventually(async () => (await scene.flush("mazar")).ended === "drained");
    await eventually(() => scene.star.sink?.messages.some(({ to }) => to.includes(ANN)));
    expect(await scene.count("mazar", { person: "zeno" }, "Subject: secret")).toBe(0);
  });

  it("does not see what the node itself writes", async () => {
    await qrelayJson(["hub", "alias", "set", "outside", "refuse@far.example", "--dir", scene.star.hub]);
    await scene.send("hub", "holly@example.org", "outside@example.org", letter("to nobody there"));
    const [report] = await scene.arrived("hub", "holly", "to nobody there");
    expect(report?.head).toContain("multipart/report");
  });

  it("sees what sendmail had to leave while the hub was down", async () => {
    await scene.stop("hub");
    for (const mark of ["rewrite from cron", "refuse from cron"]) {
      const words = ["sendmail", "-f", "holly@example.org", "zeno@example.org", "holly@example.org"];
      const said = await qrelay([...words, "--dir", scene.star.hub], { stdin: letter(mark) });
      expect(said).toMatchObject({ code: 0 });
    }
    await scene.start("hub");
    const [message] = await scene.arrived("hub", "holly", "Subject: rewrite from cron");
    expect(message?.body).toContain("-- checked at headquarters");
    await scene.waiting("hub", "office/mazar", "-- checked at headquarters");
    const [bounce] = await scene.arrived("hub", "holly", "refuse from cron");
    expect(bounce?.body).toContain("this looks like an advertisement");
    await eventually(async () => (await scene.queued("hub", "sorting")).length === 0);
    expect(await scene.count("hub", { person: "holly" }, "Subject: rewrite from cron")).toBe(1);
  });

  it("that is missing defers everything, and check says so", async () => {
    const path = join(scene.star.hub, "filter");
    await rename(path, `${path}.away`);
    expect((await send("no filter")).text).toMatch(/^451 4\.3\.0 .*not found/);
    const check = await qrelay(["hub", "check", "--dir", scene.star.hub]);
    expect(check.out).toMatch(/accept\.filter: .*filter is missing or cannot be executed/);
    await rename(`${path}.away`, path);
    expect(await send("again")).toMatchObject({ ok: true });
  });
});
