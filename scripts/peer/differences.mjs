// differences.mjs: what the libraries of docker/metadata-action v6.2.0 make of the rows of docs/metadata.md that they decide, as JSON.
//
//     npm ci --prefix scripts/peer && node scripts/peer/differences.mjs > tests/unit/metadata/peer.json
//
// The action itself is in no registry of packages: what its own code decides is recorded in tests/unit/test_differences.py.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Handlebars = require("handlebars");
const moment = require("moment-timezone");

// Its expressions are functions of one context; each gives a text, `is_default_branch` too.
const context = {
  branch: () => "a&b",
  tag: () => "",
  is_default_branch: () => "false",
  date: (format, options) =>
    moment(new Date("2026-11-28T12:00:00Z")).tz(options.hash.tz ?? "UTC").format(format),
};
const render = (text) => Handlebars.compile(text)(context);

// An expression that never ends is stopped from outside.
function matches(pattern, text) {
  const code = `process.exit(${JSON.stringify(text)}.match(new RegExp(${JSON.stringify(pattern)})) ? 0 : 1)`;
  const ended = spawnSync(process.execPath, ["-e", code], { timeout: 2000 });
  return ended.error?.code === "ETIMEDOUT" ? "hangs" : String(ended.status === 0);
}

console.error = () => {}; // moment tells there of a zone that it does not know
process.stdout.write(
  JSON.stringify(
    {
      "`{{branch}}` with `&`, `'`, `=`": render("{{branch}}"),
      "an unknown expression or path, a label without `=`": render("x{{github.ref}}"),
      "`{{#if is_default_branch}}`": render("{{#if is_default_branch}}edge{{else}}other{{/if}}"),
      "`{{#each}}`, `{{#with}}`, arguments of a name": render("x{{#each tag}}y{{/each}}"),
      "an unknown time zone": render("{{date 'YYYY' tz='Mars'}}"),
      "a pattern that backtracks for ever": matches("^(a|a)*$", `${"a".repeat(40)}b`),
    },
    null,
    2,
  ) + "\n",
);
