// Validates values with the Zod schemas: `node check_cases.mjs schemas.ts cases.json`. A case has the
// path of a schema in the module, a value, and whether the spec accepts the value.
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const [schemasFile, casesFile] = process.argv.slice(2)
const schemas = await import(pathToFileURL(schemasFile))
const cases = JSON.parse(readFileSync(casesFile, "utf8"))
const failures = cases.filter(({ path, value, valid }) => {
  const schema = path.reduce((parent, name) => parent[name], schemas)
  return schema.safeParse(value).success !== valid
})
for (const { path, value, valid } of failures.slice(0, 10)) {
  const expected = valid ? "valid" : "invalid"
  console.log(`${path.join(".")}: ${expected} in the spec: ${JSON.stringify(value)}`)
}
console.log(`${cases.length - failures.length} of ${cases.length} agree`)
process.exit(failures.length ? 1 : 0)
