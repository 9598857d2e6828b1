import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deferred, delivered, type Outcome } from "#shared/mail/outcome.js";
import { type Attempt, Runner } from "./runner.ts";
import { Bench, DIR, START } from "./test-bench.ts";

const TEXT = "Subject: x\n\nx\n";
const LATER: Outcome = deferred("4.4.1", "no way there");

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

interface Work {
  readonly bench: Bench;
  readonly runner: Runner;
  /** Recipient and seconds after the start, one line per attempt. */
  readonly attempts: string[];
}

/** The Internet queue with entries for these people, and an attempt that ends as told. */
async function working(
  people: readonly string[],
  attempt: (to: string) => Promise<Attempt>,
  concurrency = 20,
): Promise<Work> {
  const bench = await Bench.make();
  for (const name of people) await bench.take(TEXT, [`${name}@far.example`]);
  const attempts: string[] = [];
  const runner = new Runner({
    queue: bench.store.queue("internet"),
    settle: bench.settleContext(),
    concurrency,
    attempt: (open) => {
      const [to] = open.head.envelope.recipients[0]?.address.split("@") ?? [];
      attempts.push(`${to} ${(bench.now - START) / 1000}`);
      return attempt(to ?? "");
    },
  });
  return { bench, runner, attempts };
}

async function pass({ bench }: Work, seconds: number): Promise<void> {
  for (let step = 0; step < seconds; step += 1) {
    bench.now += 1000;
    await vi.advanceTimersByTimeAsync(1000);
  }
}

async function begin(work: Work): Promise<void> {
  work.runner.kick();
  await vi.advanceTimersByTimeAsync(0);
}

describe("the runner of a queue", () => {
  it("attempts every entry and removes what is done", async () => {
    const work = await working(["a", "b", "c"], async () => ({ outcomes: [delivered("ok")] }));
    await begin(work);
    expect(new Set(work.attempts)).toEqual(new Set(["a 0", "b 0", "c 0"]));
    expect(work.bench.entries("internet")).toEqual([]);
    await work.runner.stop();
  });

  it("tries a deferred entry again when it is due, not before", async () => {
    const work = await working(["a"], async () => ({ outcomes: [LATER] }));
    await begin(work);
    await pass(work, 99);
    expect(work.attempts).toEqual(["a 0"]);
    await pass(work, 302);
    expect(work.attempts).toEqual(["a 0", "a 100", "a 400"]);
    await work.runner.stop();
  });

  it("finds by itself what came without a word, within a minute", async () => {
    const work = await working([], async () => ({ outcomes: [delivered("ok")] }));
    await begin(work);
    await work.bench.take(TEXT, ["late@far.example"]);
    await pass(work, 61);
    expect(work.attempts).toEqual(["late 60"]);
    await work.runner.stop();
  });

  it("tries everything at once when it is asked to", async () => {
    const work = await working(["a"], async () => ({ outcomes: [LATER] }));
    await begin(work);
    work.runner.retryAll();
    await vi.advanceTimersByTimeAsync(0);
    expect(work.attempts).toEqual(["a 0", "a 0"]);
    await work.runner.stop();
  });

  it("does not spin when an attempt throws, and says so", async () => {
    const work = await working(["a"], async () => Promise.reject(new Error("a bug")));
    await begin(work);
    await pass(work, 59);
    expect(work.attempts).toHaveLength(1);
    expect(work.bench.logged("internal-error")).toMatchObject([{ where: "queue internet", text: "Error: a bug" }]);
    await pass(work, 60);
    expect(work.attempts).toHaveLength(2);
    expect(work.bench.entries("internet")).toHaveLength(1);
    await work.runner.stop();
  });

  it("does not spin when the clock goes back", async () => {
    const work = await working(["a"], async () => ({ outcomes: [LATER] }));
    await begin(work);
    work.bench.now -= 86_400_000;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(work.attempts).toHaveLength(1);
    await work.runner.stop();
  });

  it("does not start more attempts than it may", async () => {
    let open = 0;
    let most = 0;
    const work = await working(
      [..."abcdefgh"],
      async () => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        open -= 1;
        return { outcomes: [delivered("ok")] };
      },
      3,
    );
    await begin(work);
    await pass(work, 5);
    expect(most).toBe(3);
    expect(work.bench.entries("internet")).toEqual([]);
    await work.runner.stop();
  });

  it("stops after the attempts under way, which hear of it, and starts no other", async () => {
    let finish: () => void = () => undefined;
    const work = await working(
      ["a", "b"],
      async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { outcomes: [delivered("ok")] };
      },
      1,
    );
    await begin(work);
    let stopped = false;
    const stop = work.runner.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(stopped).toBe(false);
    finish();
    await stop;
    expect(work.attempts).toHaveLength(1);
    expect(work.bench.entries("internet")).toHaveLength(1);
    work.runner.kick();
    await pass(work, 120);
    expect(work.attempts).toHaveLength(1);
  });
});

describe("an entry that cannot be read (M3, D3)", () => {
  it("is set aside and named, and the others flow", async () => {
    const work = await working(["a", "b"], async () => ({ outcomes: [delivered("ok")] }));
    const folder = `${DIR}/queue/internet/new`;
    await work.bench.disk.mkdir(`${folder}/1.directory`, { mode: 0o700 });
    const handle = await work.bench.disk.open(`${folder}/2.empty`, 0o301);
    await handle.close();
    await begin(work);
    expect(work.attempts).toHaveLength(2);
    expect(work.bench.logged("entry-unreadable").map(({ entry }) => entry)).toEqual(["1.directory", "2.empty"]);
    await pass(work, 130);
    expect(work.bench.logged("entry-unreadable")).toHaveLength(2);
    expect(work.bench.disk.names(folder)).toEqual(["1.directory", "2.empty"]);
    await work.runner.stop();
  });

  it("is read again after an hour, for the trouble may have been the machine's", async () => {
    const work = await working(["a"], async () => ({ outcomes: [delivered("ok")] }));
    work.bench.disk.failNext(3, "EMFILE");
    await begin(work);
    expect(work.attempts).toEqual([]);
    expect(work.bench.logged("entry-unreadable")).toHaveLength(1);
    await pass(work, 3601);
    expect(work.attempts).toEqual(["a 3600"]);
    await work.runner.stop();
  });

  it("holds nobody up when the disk fails in the middle of the message", async () => {
    const work = await working(["a", "b"], async () => ({ outcomes: [delivered("ok")] }));
    work.bench.disk.failNext(5, "EIO");
    await begin(work);
    await pass(work, 3700);
    expect(work.bench.entries("internet")).toEqual([]);
    await work.runner.stop();
  });
});
