// The form of the configuration file as a JSON Schema, for editors: names, meanings, defaults. It takes
// everything that the gateway takes; what it cannot say, such as that a folder must exist, it leaves out.

import { type ConversionConfig, type JsonSchema, toJsonSchema } from "@valibot/to-json-schema"
import type * as v from "valibot"
import { type Paths, resolvePaths } from "../host/paths.ts"
import type { ConfigInput } from "./config.ts"
import { SCHEMA_KEY } from "./known-keys.ts"
import { SETTING_TEXTS } from "./setting-texts.ts"
import { SETTING_KEYS, SETTINGS, type Setting, type SettingKey } from "./settings.ts"

/** The one that editors understand best. */
const DRAFT = "http://json-schema.org/draft-07/schema#"

export function createConfigSchema({
  channels,
}: Pick<ConfigInput, "channels">): Readonly<Record<string, unknown>> {
  const groups: Record<string, Record<string, JsonSchema>> = {}
  const single: Record<string, JsonSchema> = {}
  for (const key of SETTING_KEYS) {
    const [group = "", name] = key.split(".")
    const schema = toSettingSchema(key)
    if (name === undefined) single[group] = schema
    else groups[group] = { ...groups[group], [name]: schema }
  }
  const sections = channels.map(({ id, Settings }) => [id, convert(Settings)] as const)
  return {
    $schema: DRAFT,
    title: "Configuration of the Clawdis Gateway",
    ...closed({
      [SCHEMA_KEY]: { type: "string", description: "where an editor finds this schema" },
      ...Object.fromEntries(
        Object.entries(groups).map(([group, settings]) => [group, closed(settings)]),
      ),
      channels: closed(Object.fromEntries(sections)),
      ...single,
    }),
  }
}

function closed(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", properties, additionalProperties: false }
}

function toSettingSchema(key: SettingKey): JsonSchema {
  const row: Setting<unknown> = SETTINGS[key]
  const fallback = row.fallback(ANYWHERE)
  return {
    ...convert(row.schema),
    description: SETTING_TEXTS[key],
    // A path depends on where the state folder is; its meaning says so.
    ...(fallback !== undefined &&
      row.path !== true && { default: fallback as JsonSchema["default"] }),
  }
}

const ANYWHERE: Paths = resolvePaths({ HOME: "/" })

const CONFIG: ConversionConfig = {
  target: "draft-07",
  typeMode: "input",
  errorMode: "ignore",
  overrideSchema: ({ valibotSchema }) =>
    isLazy(valibotSchema)
      ? { anyOf: ["", []].map((example) => convert(valibotSchema.getter(example))) }
      : undefined,
}

function convert(schema: v.GenericSchema): JsonSchema {
  const { $schema, $defs, definitions, ...form } = toJsonSchema(schema, CONFIG)
  return form
}

/** A form that depends on what is given: a text or a list. */
function isLazy(
  schema: v.GenericSchema | { readonly type: string },
): schema is v.LazySchema<v.GenericSchema> {
  return schema.type === "lazy"
}
