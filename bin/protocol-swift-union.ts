// A union of the schema as a Swift enum with a case for each of its forms.

export interface Schema {
  readonly type?: string
  readonly $ref?: string
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly allOf?: unknown
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

export interface SwiftUnion {
  readonly name: string
  readonly branches: readonly string[]
  readonly defs: Readonly<Record<string, Schema>>
}

export function toSwiftUnion(union: SwiftUnion): string {
  const { branches, name } = union
  const cases = branches.map((branch) => ({ branch, word: toCase(branch, name) }))
  const tag = findTag(union)
  return `public enum ${name}: Codable, Sendable {
${cases.map(({ branch, word }) => `    case ${word}(${branch})`).join("\n")}
    /// A form that this file does not know.
    case unknown(JSONValue)
${tag === undefined ? "" : `\n    private enum CodingKeys: String, CodingKey {\n        case ${tag}\n    }\n`}
    public init(from decoder: Decoder) throws {
${tag === undefined ? decodeByTrying(union) : decodeByTag(union, tag)}
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
${cases.map(({ word }) => `        case .${word}(let value): try value.encode(to: encoder)`).join("\n")}
        case .unknown(let value): try value.encode(to: encoder)
        }
    }
${sharedProperties(union).join("")}}
`
}

function decodeByTag(union: SwiftUnion, tag: string): string {
  const values = union.branches.map((branch) => constantOf(union, branch, tag))
  const type = typeof values[0] === "boolean" ? "Bool" : "String"
  const rows = union.branches.map(
    (branch, index) =>
      `        case ${JSON.stringify(values[index])}: self = .${toCase(branch, union.name)}(try ${branch}(from: decoder))`,
  )
  return `        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decodeIfPresent(${type}.self, forKey: .${tag}) {
${rows.join("\n")}
        default: self = .unknown(try JSONValue(from: decoder))
        }`
}

function decodeByTrying({ branches, name }: SwiftUnion): string {
  const tries = branches.map(
    (branch) => `if let value = try? ${branch}(from: decoder) {
            self = .${toCase(branch, name)}(value)
        } else `,
  )
  return `        ${tries.join("")}{
            self = .unknown(try JSONValue(from: decoder))
        }`
}

/** What every form has: to be read without asking which one it is, and of one that is not known. */
function sharedProperties(union: SwiftUnion): string[] {
  const [first, ...others] = union.branches.map((branch) => union.defs[branch])
  return Object.entries(first?.properties ?? {}).flatMap(([key, schema]) => {
    const swift = { integer: "Int", string: "String" }[schema.type ?? ""]
    const isShared = [first, ...others].every(
      (def) => def?.required?.includes(key) && def.properties?.[key]?.type === schema.type,
    )
    return swift === undefined || !isShared ? [] : [sharedProperty(union, key, swift)]
  })
}

function sharedProperty({ branches, name }: SwiftUnion, key: string, type: string): string {
  const rows = branches.map(
    (branch) => `        case .${toCase(branch, name)}(let value): return value.${key}`,
  )
  return `
    /// Nil only in an unknown form.
    public var ${key}: ${type}? {
        switch self {
${rows.join("\n")}
        case .unknown(let value): return try? value["${key}"]?.decoded(as: ${type}.self)
        }
    }
`
}

/** The property that has another constant in each form. */
function findTag(union: SwiftUnion): string | undefined {
  const [first = ""] = union.branches
  return Object.keys(propertiesOf(union, first)).find((key) => {
    const values = union.branches.map((branch) => constantOf(union, branch, key))
    return !values.includes(undefined) && new Set(values).size === values.length
  })
}

function constantOf(union: SwiftUnion, branch: string, key: string): unknown {
  return propertiesOf(union, branch)[key]?.const
}

/** Of a union within the union those of its first form: they have the tag of the outer one in common. */
function propertiesOf({ defs }: SwiftUnion, name: string): Readonly<Record<string, Schema>> {
  const def = defs[name]
  const inner = def?.oneOf?.[0]?.$ref
  return (inner === undefined ? def : defs[inner.replace("#/$defs/", "")])?.properties ?? {}
}

/** `EventFrameTick` of `EventFrame` is `tick`, `TextPart` of `Part` is `text`, `RequestFrame` is `request`. */
function toCase(branch: string, union: string): string {
  const short = branch.replace(new RegExp(`^${union}|${union}$|Frame$`), "")
  return short.charAt(0).toLowerCase() + short.slice(1)
}
