// Writes the protocol's artefacts and prints their paths.

import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { createSchemaFile, createSwiftFiles } from "./protocol-artefacts.ts"

const ROOT = join(import.meta.dirname, "..")

for (const { path, text } of [createSchemaFile(), ...(await createSwiftFiles())]) {
  await mkdir(dirname(join(ROOT, path)), { recursive: true })
  await writeFile(join(ROOT, path), text)
  console.log(path)
}
