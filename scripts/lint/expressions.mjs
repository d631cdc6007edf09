// Evaluates expressions of workflows as GitHub does: its own evaluator. Input: JSON, a list of {expression, contexts, status}.
// Output: JSON, the list of values. Source: https://github.com/actions/languageservices/tree/main/expressions.
import {readFileSync} from "node:fs";
import {Evaluator, Lexer, Parser, data} from "@actions/expressions";

const asked = JSON.parse(readFileSync(0, "utf8"));
const values = asked.map(({expression, contexts, status}) => {
  const is = {success: status === "success", failure: status === "failure", cancelled: status === "cancelled", always: true};
  const functions = Object.entries(is).map(([name, value]) => ({name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value)}));
  const context = JSON.parse(JSON.stringify(contexts), data.reviver);
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions).parse();
  return new Evaluator(tree, context, new Map(functions.map((each) => [each.name, each]))).evaluate();
});
process.stdout.write(JSON.stringify(values, data.replacer));
