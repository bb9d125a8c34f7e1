// A second opinion on the OpenAPI document: node tests/api/valider.mjs FILE.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";

const validator = new Validator();
const found = await validator.validate(JSON.parse(readFileSync(process.argv[2], "utf8")));
if (!found.valid) {
  console.error(JSON.stringify(found.errors, null, 2));
  process.exit(1);
}
console.log(`${process.argv[2]}: OpenAPI ${validator.version}`);
