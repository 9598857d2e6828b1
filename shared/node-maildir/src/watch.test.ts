import { rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { bytes, scratch, scratchMaildir } from "../test-support/scratch.ts";
import { nodeFs } from "./fs.ts";
import { Maildir } from "./maildir.ts";
import { watchMaildir } from "./watch.ts";

describe("watch", () => {
  it("calls after a delivery and after a move to cur/, a burst fewer times than messages", async () => {
    const maildir = await scratchMaildir();
    const onChange = vi.fn();
    maildir.watch(onChange, untilTheEnd());
    await Promise.all(Array.from({ length: 50 }, () => maildir.deliver(bytes("x"))));
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
    await settled(onChange);
    expect(onChange.mock.calls.length).toBeLessThan(50);

    onChange.mockClear();
    const [entry] = await maildir.list();
    await rename(join(maildir.path, "new", entry?.name ?? ""), join(maildir.path, "cur", `${entry?.name}:2,S`));
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  });

  it("is silent after the signal, and does not begin when it was given before", async () => {
    const maildir = await scratchMaildir();
    const onChange = vi.fn();
    const stop = new AbortController();
    maildir.watch(onChange, stop.signal);
    stop.abort();
    maildir.watch(onChange, stop.signal);
    await maildir.deliver(bytes("x"));
    await settled(onChange);
    expect(onChange).not.toHaveBeenCalled();
  });

  it("looks for itself where the system cannot watch", async () => {
    const maildir = new Maildir(join(await scratch(), "later"));
    const onChange = vi.fn();
    const box = { fs: nodeFs, path: maildir.path, now: Date.now, uniqueName: () => "unused" };
    watchMaildir(box, onChange, untilTheEnd(), 10); // no such directory yet: fs.watch throws
    await settled(onChange);
    onChange.mockClear();
    await maildir.create();
    await maildir.deliver(bytes("x"));
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  });
});

function untilTheEnd(): AbortSignal {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  return stop.signal;
}

/** Waits until no call has come for a while. */
async function settled(onChange: ReturnType<typeof vi.fn>): Promise<void> {
  for (let before = -1; before !== onChange.mock.calls.length; ) {
    before = onChange.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
