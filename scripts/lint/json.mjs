// Loads .json files as modules: GitHub's parser imports its schemas as bundlers do, without saying that they are JSON.
import { readFile } from "node:fs/promises";

export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  return { format: "module", source: `export default ${await readFile(new URL(url), "utf8")}`, shortCircuit: true };
}
