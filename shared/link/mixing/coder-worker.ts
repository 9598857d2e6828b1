import { parentPort, workerData } from "node:worker_threads";
import type { CoderReply, CoderRequest } from "./coder.ts";
import { MixingModel } from "./model.ts";

/** The thread that holds a coder's model. It answers requests in the order in which they were asked. */
const port = parentPort;
if (port === null) throw new Error("The coder's worker was started outside a worker thread; open it with openCoder");

const model = new MixingModel();
for (const item of workerData as readonly Uint8Array[]) model.prime(item);

port.on("message", (request: CoderRequest) => {
  if (request.kind === "advance") model.prime(request.item);
  else port.postMessage(answer(request));
});

function answer(request: Exclude<CoderRequest, { kind: "advance" }>): CoderReply {
  try {
    return request.kind === "encode"
      ? { bytes: model.encode(request.plain, request.tail) }
      : { bytes: model.decode(request.encoded, request.length, request.tail) };
  } catch (error) {
    // A length that no memory can hold is the fault of that one call; the model is as it was.
    if (error instanceof RangeError) return { error: error.message };
    throw error;
  }
}
