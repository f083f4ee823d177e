// Validates the exported states with the schema of a release:
// `node validate_states.mjs openapi.json DIR NAME`.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import Ajv2020 from "ajv/dist/2020.js"
import addFormats from "ajv-formats"

const [spec, folder, name] = process.argv.slice(2)
const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }))
ajv.addSchema(JSON.parse(readFileSync(spec, "utf8")), "spec")
const validate = ajv.getSchema(`spec#/components/schemas/${name}`)
const files = readdirSync(join(folder, "states"))
const invalid = files.filter((file) => {
  const valid = validate(JSON.parse(readFileSync(join(folder, "states", file), "utf8")))
  if (!valid) console.log(`${file}: ${ajv.errorsText(validate.errors)}`)
  return !valid
})
console.log(`${files.length - invalid.length} of ${files.length} valid`)
process.exit(invalid.length ? 1 : 0)
