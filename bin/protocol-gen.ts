// Writes the protocol as JSON Schema to dist/protocol.schema.json and prints the path.

import { mkdir, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { createJsonSchema } from "../protocol/json-schema.ts"

const path = fileURLToPath(new URL("../dist/protocol.schema.json", import.meta.url))
await mkdir(dirname(path), { recursive: true })
await writeFile(path, `${JSON.stringify(createJsonSchema(), null, 2)}\n`)
console.log(path)
