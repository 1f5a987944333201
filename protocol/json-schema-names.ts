// Gives every object, union and list of words inside a definition a name of its own under `$defs`, made of
// where it stands (`HelloOk.server` becomes `HelloOkServer`): generators for other languages name their
// types after it, and invent names, which change with their neighbours, where there is none.

import type { JsonSchema } from "@valibot/to-json-schema"

type Defs = Record<string, JsonSchema>

/** The same schema with nothing nested. Throws if a name that it makes is taken. */
export function nameNested(defs: Readonly<Defs>): Defs {
  const named: Defs = {}
  for (const [name, schema] of Object.entries(defs)) {
    named[name] = withNamedParts(schema, name, (place, part) => {
      if (place in defs || place in named) throw new Error(`two definitions are called ${place}`)
      named[place] = part
    })
  }
  return named
}

type AddName = (name: string, schema: JsonSchema) => void

function withNamedParts(schema: JsonSchema, name: string, add: AddName): JsonSchema {
  const { additionalProperties: more, anyOf, items, oneOf, properties } = schema
  const within = (part: JsonSchema, place: string) => toNamed(part, place, add)
  const branches = (parts: readonly JsonSchema[]) =>
    parts.map((part) => within(part, `${name}${toBranchName(part, parts)}`))
  return {
    ...schema,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, part]) => [
          key,
          within(part as JsonSchema, `${name}${toWord(key)}`),
        ]),
      ),
    }),
    ...(typeof items === "object" && !Array.isArray(items) && { items: within(items, name) }),
    ...(typeof more === "object" && { additionalProperties: within(more, name) }),
    ...(oneOf !== undefined && { oneOf: branches(oneOf as JsonSchema[]) }),
    ...(anyOf !== undefined && { anyOf: branches(anyOf as JsonSchema[]) }),
  }
}

function toNamed(schema: JsonSchema, name: string, add: AddName): JsonSchema {
  if (!needsName(schema)) return withNamedParts(schema, name, add)
  add(name, withNamedParts(schema, name, add))
  return { $ref: `#/$defs/${name}` }
}

function needsName({ anyOf, enum: words, oneOf, properties }: JsonSchema): boolean {
  const union = (oneOf ?? anyOf ?? []) as JsonSchema[]
  // A union with null, or of texts, is a text or nothing in every language.
  const isUnionOfObjects = union.length > 0 && union.every(isObject)
  return isUnionOfObjects || words !== undefined || Object.keys(properties ?? {}).length > 0
}

function isObject(schema: JsonSchema): boolean {
  return schema.$ref !== undefined || schema.type === "object"
}

/** The constant that one branch of a union has and the others have not: `tick` of the event frames. */
function toBranchName(branch: JsonSchema, branches: readonly JsonSchema[]): string {
  for (const key of Object.keys(branch.properties ?? {})) {
    const values = branches.map((each) => constantOf(each, key))
    const own = constantOf(branch, key)
    if (own === undefined || new Set(values).size < branches.length) continue
    return typeof own === "boolean" ? `${own ? "" : "Not"}${toWord(key)}` : toWord(String(own))
  }
  return ""
}

function constantOf(schema: JsonSchema, key: string): unknown {
  const property = schema.properties?.[key]
  return typeof property === "object" ? property.const : undefined
}

function toWord(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1)
}
