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

  it("has at most so many of a policy under way; the others go on, and nobody's retry is put off", async () => {
    const bench = await Bench.make({
      policies: {
        choose: (_entrance, sender) => (sender.startsWith("news") ? "news" : "free"),
        get: () => ({}),
        shortest: () => Number.POSITIVE_INFINITY,
      },
    });
    for (const name of ["n1", "n2", "n3", "n4", "f1", "f2", "f3"]) {
      const sender = name.startsWith("n") ? "news@example.org" : "free@example.org";
      const to = `${name}@far.example`;
      await bench.take(TEXT, [to], {
        entrance: { listener: "smtp" },
        envelope: { sender, recipients: [{ address: to }] },
      });
      // In the order of their births.
      bench.now += 1000;
    }
    const began: string[] = [];
    const open = new Map<string, number>();
    let most = 0;
    const start = bench.now;
    const runner = new Runner({
      queue: bench.store.queue("internet"),
      settle: bench.settleContext(),
      concurrency: 5,
      policyConcurrency: (policy) => (policy === "news" ? 2 : undefined),
      attempt: async ({ head }) => {
        const name = head.envelope.recipients[0]?.address.slice(0, 2) ?? "";
        const kind = name.slice(0, 1);
        began.push(`${name} ${(bench.now - start) / 1000}`);
        open.set(kind, (open.get(kind) ?? 0) + 1);
        if (kind === "n") most = Math.max(most, open.get(kind) ?? 0);
        await new Promise((resolve) => setTimeout(resolve, kind === "n" ? 3000 : 1000));
        open.set(kind, (open.get(kind) ?? 0) - 1);
        return { outcomes: [delivered("ok")] };
      },
    });
    const work = { bench, runner, attempts: began };
    await begin(work);
    // More mail arrives, and the queue is looked at anew, while some are held back.
    runner.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect(new Set(began)).toEqual(new Set(["n1 0", "n2 0", "f1 0", "f2 0", "f3 0"]));
    await pass(work, 8);
    expect(most).toBe(2);
    expect(new Set(began.slice(5))).toEqual(new Set(["n3 3", "n4 3"]));
    expect(bench.entries("internet")).toEqual([]);
    await runner.stop();
  });

  it("does not stop when one that was held back has gone meanwhile", async () => {
    const bench = await Bench.make({
      policies: { choose: () => "news", get: () => ({}), shortest: () => Number.POSITIVE_INFINITY },
    });
    const names = ["n1", "n2", "n3"];
    for (const name of names) {
      await bench.take(TEXT, [`${name}@far.example`], { entrance: { listener: "smtp" } });
      bench.now += 1000;
    }
    const queue = bench.store.queue("internet");
    const began: string[] = [];
    let finish: () => void = () => undefined;
    const runner = new Runner({
      queue,
      settle: bench.settleContext(),
      concurrency: 5,
      policyConcurrency: () => 1,
      attempt: async ({ head }) => {
        began.push(head.envelope.recipients[0]?.address ?? "");
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { outcomes: [delivered("ok")] };
      },
    });
    await begin({ bench, runner, attempts: began });
    const held = (await queue.list()).slice(1);
    expect(held).toHaveLength(2);
    if (held[0] !== undefined) await queue.remove(held[0]);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(began).toEqual(["n1@far.example", "n3@far.example"]);
    await runner.stop();
  });

  it("goes on when a policy's number cannot be read", async () => {
    const work = await working(["a"], async () => ({ outcomes: [delivered("ok")] }));
    const open = await work.bench.oldest("internet");
    const { head } = open;
    await work.bench.store.queue("internet").rewrite(open, { ...head, fields: { policy: "news" } });
    await open.close();
    const runner = new Runner({
      queue: work.bench.store.queue("internet"),
      settle: work.bench.settleContext(),
      concurrency: 1,
      policyConcurrency: () => {
        throw new Error("the directory is broken");
      },
      attempt: async () => ({ outcomes: [delivered("ok")] }),
    });
    await begin({ ...work, runner });
    expect(work.bench.entries("internet")).toEqual([]);
    expect(work.bench.logged("internal-error")).toMatchObject([{ where: "policies" }]);
    await runner.stop();
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
