import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { openCoder } from "./coder.ts";
import { MixingModel } from "./model.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const HISTORY = bytesOf("The rains have come early and the road to the clinic is closed again.\n".repeat(5));
const NEWS = bytesOf("The road to the clinic is open again.\n");
const TAIL = bytesOf("amina@example.org");

/** A worker of the test's own: `code` is run in it. */
const running = (code: string) => () => new Worker(code, { eval: true });

describe("coder", () => {
  it("answers as a model that learned the same does", async () => {
    await using coder = disposable(openCoder([HISTORY, NEWS]));
    const model = new MixingModel();
    model.prime(HISTORY);
    model.prime(NEWS);
    expect(await coder.encode(NEWS, TAIL)).toEqual(model.encode(NEWS, TAIL));
  });

  it("answers in the order of asking, each call after all that was learned before it", async () => {
    await using coder = disposable(openCoder([]));
    const cold = coder.encode(NEWS, TAIL);
    coder.advance(HISTORY);
    const warm = coder.encode(NEWS, TAIL);
    const back = warm.then((encoded) => coder.decode(encoded, NEWS.length, TAIL));
    expect((await warm).length).toBeLessThan((await cold).length);
    expect(await back).toEqual(NEWS);
    await using other = disposable(openCoder([HISTORY]));
    expect(await other.encode(NEWS, TAIL)).toEqual(await warm);
  });

  it("leaves the caller's bytes alone, also those that share memory with others", async () => {
    await using coder = disposable(openCoder([HISTORY.subarray(0, 70)]));
    const pool = bytesOf("beforewordsbehind");
    const encoded = await coder.encode(pool.subarray(6, 11), pool.subarray(0, 6));
    expect(await coder.decode(encoded, 5, bytesOf("before"))).toEqual(bytesOf("words"));
    expect(pool).toEqual(bytesOf("beforewordsbehind"));
    expect(HISTORY.length).toBeGreaterThan(70);
  });

  it("refuses a length that cannot be and goes on", async () => {
    await using coder = disposable(openCoder([]));
    await expect(coder.decode(NEWS, -1, TAIL)).rejects.toThrow(RangeError);
    expect(await coder.decode(await coder.encode(NEWS, TAIL), NEWS.length, TAIL)).toEqual(NEWS);
  });

  it.each([
    ["throws", `throw new Error("out of memory")`, /worker failed: out of memory/],
    ["exits", "process.exit(3)", /worker ended with exit code 3/],
  ])("rejects what is asked of a worker that %s, now and later", async (_, code, says) => {
    const coder = openCoder([HISTORY], running(code));
    const pending = [coder.encode(NEWS, TAIL), coder.decode(NEWS, 3, TAIL)];
    for (const result of await Promise.allSettled(pending)) expect(String(reasonOf(result))).toMatch(says);
    coder.advance(NEWS);
    await expect(coder.encode(NEWS, TAIL)).rejects.toThrow(says);
    await coder.close();
  });

  it("rejects what is unanswered at the close, and everything after it", async () => {
    const coder = openCoder([HISTORY]);
    const pending = expect(coder.encode(NEWS, TAIL)).rejects.toThrow("The coder was closed");
    await Promise.all([coder.close(), coder.close()]);
    await pending;
    coder.advance(NEWS);
    await expect(coder.encode(NEWS, TAIL)).rejects.toThrow("The coder was closed");
  });

  it("keeps a process alive while it is asked, and no longer", async () => {
    const program = `
      const { openCoder } = await import(${JSON.stringify(new URL("./coder.ts", import.meta.url).href)});
      const coder = openCoder([new Uint8Array(1000)]);
      console.log((await coder.encode(Uint8Array.of(1, 2, 3), new Uint8Array())).length > 0);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      timeout: 20_000,
    });
    expect(stdout.trim()).toBe("true");
  });
});

function reasonOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === "rejected" ? result.reason : `resolved: ${String(result.value)}`;
}

function disposable<T extends { close(): Promise<void> }>(coder: T): T & AsyncDisposable {
  return Object.assign(coder, { [Symbol.asyncDispose]: () => coder.close() });
}
