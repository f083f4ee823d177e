// Judges values by the Zod schemas: `node judge.mjs schemas.ts cases.json`. A case names a schema,
// a value, and whether the spec finds the value valid.
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"

const [schemas, file] = process.argv.slice(2)
const judges = await import(pathToFileURL(schemas))
const cases = JSON.parse(readFileSync(file, "utf8"))
const others = cases.filter(({ path, value, valid }) => {
  const schema = path.reduce((inside, name) => inside[name], judges)
  return schema.safeParse(value).success !== valid
})
for (const { path, value, valid } of others.slice(0, 10)) {
  const spec = valid ? "valid" : "invalid"
  console.log(`${path.join(".")}: ${spec} by the spec: ${JSON.stringify(value)}`)
}
console.log(`${cases.length - others.length} of ${cases.length} agree`)
process.exit(others.length ? 1 : 0)
