import { describe, expect, it } from "vitest";
import { parseFlags } from "./flags.ts";

function flags(line: string) {
  const parsed = parseFlags(line.split(" "));
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.flags;
}

describe("sendmail's flags", () => {
  it("takes what cron writes", () => {
    expect(flags("-FCronDaemon -i -B8BITMIME -oem root")).toMatchObject({
      fullName: "CronDaemon",
      dotsAreText: true,
      recipients: ["root"],
    });
  });

  it("takes what mutt and web programs write", () => {
    expect(flags("-oem -oi -f a@b.example -- c@d.example -weird")).toMatchObject({
      dotsAreText: true,
      sender: "a@b.example",
      recipients: ["c@d.example", "-weird"],
    });
    expect(flags("-ti -r <a@b.example>")).toMatchObject({ fromHeader: true, dotsAreText: true, sender: "a@b.example" });
  });

  it("takes the null sender", () => {
    expect(parseFlags(["-f", "", "x"])).toMatchObject({ flags: { sender: "" } });
    expect(parseFlags(["-f", "<>", "x"])).toMatchObject({ flags: { sender: "" } });
  });

  it("does not care for queue modes, verbosity and unknown -o", () => {
    expect(flags("-odq -odb -bm -v -Am -oQ/tmp root")).toMatchObject({ recipients: ["root"], fromHeader: false });
  });

  it("takes the options of every command wherever they stand", () => {
    expect(flags("-i --dir /srv/hub root --json")).toMatchObject({ dir: "/srv/hub", json: true, recipients: ["root"] });
  });

  it.each([
    ["-i", "No recipients"],
    ["-bs", "speak SMTP"],
    ["-q30m", "flush"],
    ["-Z root", "There is no option -Z"],
    ["-f", "wants a value"],
    ["-N maybe root", "Cannot notify"],
    ["--nosuch root", "There is no option --nosuch"],
  ])("refuses %s with a cure", (line, says) => {
    expect(parseFlags(line.split(" "))).toMatchObject({ problem: expect.stringContaining(says) });
  });
});
