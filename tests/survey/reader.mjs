// Reads YAML and JSON with readers that the patch engine doesn't know: npm's yaml and jsonc-parser.
//
//     node reader.mjs FOLDER      the folder that holds node_modules
//
// A request is a line of JSON, {format, text}; so is the answer: {data: [tree, …]}, one tree for each
// version of the format, or {error}. A tree is ["map", [[key, tree], …]], ["seq", [tree, …]] or [type, text].

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.argv[2]}/`);
const YAML = require("yaml");
const JSONC = require("jsonc-parser");

const MERGE = "<<";
const NOTHING = ["null", ""];

function readYaml(text) {
  return ["1.2", "1.1"].map((version) => {
    const options = { version, intAsBigInt: true, uniqueKeys: false, logLevel: "silent" };
    const [document, ...more] = YAML.parseAllDocuments(text, options);
    if (more.length) throw new Error("more than one document");
    if (!document) return NOTHING;
    if (document.errors.length) throw document.errors[0];
    return yamlTree(document.contents, document);
  });
}

function yamlTree(found, document) {
  const node = followed(found, document);
  if (YAML.isMap(node)) return ["map", node.items.flatMap((pair) => yamlEntries(pair, document))];
  if (YAML.isSeq(node)) return ["seq", node.items.map((item) => yamlTree(item, document))];
  if (YAML.isPair(node)) return ["map", yamlEntries(node, document)]; // an item of !!pairs
  if (!node || node.value === null) return NOTHING;
  const text = node.value instanceof Date ? node.value.toISOString() : String(node.value);
  return [node.tag ?? typeof node.value, text];
}

function followed(node, document) {
  const found = YAML.isAlias(node) ? node.resolve(document) : node;
  if (found === undefined) throw new Error(`undefined alias ${node.source}`);
  return found;
}

// A merge key stands for what it brings, so that a key put in over it shows.
function yamlEntries(pair, document) {
  const key = keyText(followed(pair.key, document));
  const value = yamlTree(pair.value, document);
  if (key !== MERGE) return [[key, value]];
  if (value[0] === "map") return value[1];
  return value[0] === "seq" ? value[1].flatMap(([, entries]) => entries) : [];
}

// As it is written: `on` is a boolean in YAML 1.1, and means the same to those who look for `on`.
function keyText(key) {
  return YAML.isScalar(key) ? (key.source ?? String(key.value)) : JSON.stringify(key);
}

function readJson(text) {
  if (!text.trim()) return [NOTHING];
  const errors = [];
  const root = JSONC.parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length) throw new Error(JSONC.printParseErrorCode(errors[0].error));
  return [jsonTree(root, text)];
}

function jsonTree(node, text) {
  const below = node.children ?? [];
  if (node.type === "array") return ["seq", below.map((item) => jsonTree(item, text))];
  if (node.type === "object") {
    return ["map", below.map(({ children: [key, value] }) => [key.value, jsonTree(value, text)])];
  }
  if (node.type === "null") return NOTHING;
  if (node.type === "string") return ["string", node.value];
  return [node.type, text.slice(node.offset, node.offset + node.length)];
}

const READERS = { yaml: readYaml, json: readJson };

for await (const line of createInterface({ input: process.stdin })) {
  const { format, text } = JSON.parse(line);
  let answer;
  try {
    answer = { data: READERS[format](text) };
  } catch (error) {
    answer = { error: String(error.message).split("\n")[0] };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
