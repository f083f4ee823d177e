// Judges the states by the spec's schema of a release:
// `node judge_states.mjs openapi.json DIR NAME`.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import Ajv2020 from "ajv/dist/2020.js"
import addFormats from "ajv-formats"

const [spec, folder, name] = process.argv.slice(2)
const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }))
ajv.addSchema(JSON.parse(readFileSync(spec, "utf8")), "spec")
const judge = ajv.getSchema(`spec#/components/schemas/${name}`)
const files = readdirSync(join(folder, "states"))
const wrong = files.filter((file) => {
  const valid = judge(JSON.parse(readFileSync(join(folder, "states", file), "utf8")))
  if (!valid) console.log(`${file}: ${ajv.errorsText(judge.errors)}`)
  return !valid
})
console.log(`${files.length - wrong.length} of ${files.length} valid`)
process.exit(wrong.length ? 1 : 0)
