// Validate an AsyncAPI document from stdin with the official parser; print the
// diagnostics as JSON, the errors among them with severity 0.
import { Parser } from "@asyncapi/parser";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { document, diagnostics } = await new Parser().parse(text);
const operations = document?.operations().all().map((operation) => operation.id()) ?? [];
console.log(JSON.stringify({ diagnostics, operations }));
