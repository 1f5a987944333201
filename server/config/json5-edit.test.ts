import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { isObject } from "#protocol"
import { parseJson5, parseTree } from "./json5.ts"
import { setInJson5, unsetInJson5 } from "./json5-edit.ts"

const FILE = `// My gateway.
{
  // Where it listens.
  gateway: { port: 18789, 'bind': "127.0.0.1" }, // both
  agent: {
    engine: 'acp', // the one that I pay for
    command: ["opencode", "acp"],
  },

  /* nobody else */
  channels: {
    telegram: {
      allowFrom: [
        123456789, // anna
        "@bert",   // bert
      ],
    },
  },
}
`

function edited(text: string, from: string, to: string) {
  expect(text).toContain(from)
  return text.replace(from, to)
}

test("[CF13] a value is put in the place of the old one, in its quotes, and nothing else moves", () => {
  const set = (key: string, value: unknown) => setInJson5(FILE, key.split("."), value)
  expect(set("gateway.port", 18_800)).toBe(edited(FILE, "18789", "18800"))
  expect(set("agent.engine", "built'in")).toBe(edited(FILE, "'acp'", "'built\\'in'"))
  expect(set("gateway.bind", 'a"b')).toBe(edited(FILE, '"127.0.0.1"', '"a\\"b"'))
  expect(set("agent.command", "claude")).toBe(edited(FILE, '["opencode", "acp"]', "'claude'"))
  expect(set("gateway.port", 18_789)).toBe(FILE)
})

test("[CF13] a key that is new stands behind its neighbours, as they are written", () => {
  const set = (key: string, value: unknown) => setInJson5(FILE, key.split("."), value)
  expect(set("gateway.token", "x")).toBe(
    edited(FILE, '"127.0.0.1" }', `"127.0.0.1", 'token': 'x' }`),
  )
  expect(set("agent.thinking", "low")).toBe(
    edited(FILE, '"acp"],\n', `"acp"],\n    thinking: 'low',\n`),
  )
  expect(set("logging.level", "warn")).toBe(
    edited(FILE, "  },\n}\n", `  },\n  logging: { level: 'warn' },\n}\n`),
  )
  expect(set("channels.telegram.groups.-100", { mention: false })).toBe(
    edited(FILE, "      ],\n", "      ],\n      groups: { '-100': { mention: false } },\n"),
  )
})

test("[CF13] a list with comments is changed entry by entry", () => {
  const set = (value: unknown) => setInJson5(FILE, ["channels", "telegram", "allowFrom"], value)
  expect(set([123456789, "@bert", 42])).toBe(edited(FILE, "// bert\n", "// bert\n        42,\n"))
  expect(set(["@carl", 123456789, "@bert"])).toBe(
    edited(FILE, "123456789, //", "'@carl',\n        123456789, //"),
  )
  expect(set([123456789])).toBe(edited(FILE, '"@bert",   // bert', "// bert"))
  expect(set([1, "@bert"])).toBe(edited(FILE, "123456789,", "1,"))
})

test("[CF13] an object with comments is changed key by key", () => {
  const text = "{ limits: { runsPerSender: { count: 30 /* many */, minutes: 10 } } }"
  const set = (value: object) => setInJson5(text, ["limits", "runsPerSender"], value)
  expect(set({ minutes: 5, count: 30 })).toBe(text.replace("10", "5"))
  expect(set({ count: 1, hours: 2 })).toBe(
    text.replace("30", "1").replace("minutes: 10", "hours: 2"),
  )
})

test.for([
  ["{}", "{\n  a: { b: 1 },\n}"],
  ["", "{\n  a: { b: 1 },\n}\n"],
  ["{ a: {} }", "{ a: { b: 1 } }"],
  ["{ a: { /* none */ } }", "{ a: { /* none */ b: 1 } }"],
  ["{\n\ta: {\n\t\t// none\n\t},\n}", "{\n\ta: {\n\t\t// none\n\t\tb: 1,\n\t},\n}"],
  ["{ a: { c: 0, } }", "{ a: { c: 0, b: 1, } }"],
  ["{ a: { c: 0 // x\n} }", "{ a: { c: 0, b: 1 // x\n} }"],
  [
    "{\r\n  a: {\r\n    c: 0 // x\r\n  }\r\n}",
    "{\r\n  a: {\r\n    c: 0, // x\r\n    b: 1\r\n  }\r\n}",
  ],
  [
    '{\n    "a": {\n        "c": 0\n    }\n}',
    '{\n    "a": {\n        "c": 0,\n        "b": 1\n    }\n}',
  ],
  ["{ a: 5 } // five", "{ a: { b: 1 } } // five"],
  ["{\n  c: 0 }", "{\n  c: 0,\n  a: { b: 1 } }"],
] as const)("[CF13] a.b in %j", ([before, after]) => {
  expect(setInJson5(before, ["a", "b"], 1)).toBe(after)
})

test("[CF13] what is too long for a line is broken, with as much indentation as the file has", () => {
  const roots = [
    "/home/anna/pictures",
    "/home/anna/letters",
    "/home/anna/music",
    "/srv/archive/of/all",
  ]
  expect(setInJson5("{\n   media: {},\n}", ["media", "roots"], roots)).toBe(
    `{\n   media: {\n      roots: [\n${roots.map((root) => `         "${root}",\n`).join("")}      ],\n   },\n}`,
  )
})

test.for([
  ["{ a: { b: 1 } }", "{ a: {} }"],
  ["{ a: { b: 1, c: 2 } }", "{ a: { c: 2 } }"],
  ["{ a: { c: 2, b: 1 } }", "{ a: { c: 2 } }"],
  ["{ a: { c: 2, b: 1, } }", "{ a: { c: 2, } }"],
  [
    "{\n  a: {\n    // the one\n    b: 1,\n    c: 2,\n  },\n}",
    "{\n  a: {\n    // the one\n    c: 2,\n  },\n}",
  ],
  ["{\n  a: {\n    c: 2,\n    b: 1 // last\n  }\n}", "{\n  a: {\n    c: 2\n    // last\n  }\n}"],
  ["{\n  a: {\n    c: 2,\n    b: {\n      d: 1,\n    }\n  }\n}", "{\n  a: {\n    c: 2\n  }\n}"],
  [
    "{ a: { b /* one */ : // two\n 1 /* three */, c: 2 } }",
    "{ a: { /* one */ // two\n /* three */ c: 2 } }",
  ],
  ["{ a: { c: 2 } }", "{ a: { c: 2 } }"],
  ["{ c: 2 }", "{ c: 2 }"],
] as const)("[CF13] %j without a.b", ([before, after]) => {
  expect(unsetInJson5(before, ["a", "b"])).toBe(after)
})

const KEYS = ["a", "b", "port", "two words", "120@g.us", "é", "it's"]
const Comment = fc.oneof(
  fc.constant(""),
  fc.constantFrom("/* x */", "/*\n\t y: 1,\n*/", "// z: {\n", "/* { */// }\n", "//\r\n", "// b\r"),
)
const Space = fc.constantFrom("", " ", "\n", "\r", "\u00a0", "\n  ", "\t", "\r\n    ")
const Gap = fc.tuple(Space, Comment, Space).map((parts) => parts.join(""))
const Scalar = fc.oneof(
  fc.string({ maxLength: 5, unit: "binary" }),
  fc.constantFrom("'", '"', "\\", "\u2028", "//", "/*"),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
)
const Value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    Scalar,
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("any"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any
const Path = fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 })

/** A text of many hands: `next` is what comes between two of its words, and which quotes it has. */
function scribble(value: unknown, next: () => string, pick: () => boolean): string {
  const gap = next
  const string = (text: string) => {
    const json = JSON.stringify(text)
      .replaceAll("\u2028", "\\u2028")
      .replaceAll("\u2029", "\\u2029")
    return pick() ? json : `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
  }
  const list = (items: readonly string[], [open = "", close = ""]: string) => {
    const comma = items.length > 0 && pick() ? "," : ""
    return `${open}${gap()}${items.join(`${gap()},${gap()}`)}${gap()}${comma}${gap()}${close}`
  }
  if (typeof value === "string") return string(value)
  if (Array.isArray(value))
    return list(
      value.map((item) => scribble(item, next, pick)),
      "[]",
    )
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, item]) => {
      const name = /^\w+$/.test(key) && pick() ? key : string(key)
      return `${name}${gap()}:${gap()}${scribble(item, next, pick)}`
    })
    return list(members, "{}")
  }
  return Object.is(value, -0) ? "-0" : String(value)
}

const Text = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...KEYS), Value, { maxKeys: 4, noNullPrototype: true }),
    fc.infiniteStream(Gap),
    fc.infiniteStream(fc.boolean()),
  )
  .map(([value, gaps, picks]) => {
    const next = () => gaps.next().value as string
    const text = scribble(value, next, () => picks.next().value === true)
    return { value, text: `${next()}${text}${next()}` }
  })

function withValue(root: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
  const object = isObject(root) ? root : {}
  const inner = Object.hasOwn(object, key) ? object[key] : {}
  return { ...object, [key]: rest.length === 0 ? value : withValue(inner, rest, value) }
}

function withoutValue(root: unknown, [key = "", ...rest]: readonly string[]): unknown {
  if (!isObject(root) || !Object.hasOwn(root, key)) return root
  if (rest.length > 0) return { ...root, [key]: withoutValue(root[key], rest) }
  return Object.fromEntries(Object.entries(root).filter(([name]) => name !== key))
}

/** The comments of a text, those inside of the innermost value that `path` leads to left out. */
function commentsOf(text: string, path: readonly string[] = []): readonly string[] {
  const { root, tokens } = parseTree(text)
  let node: typeof root = root
  for (const key of path) {
    const member =
      node.type === "Object"
        ? node.members.find(({ name }) => (name.type === "String" ? name.value : name.name) === key)
        : undefined
    if (member === undefined) {
      // An object that is there stays, whatever it gets.
      if (node.type === "Object") return commentsOf(text)
      break
    }
    node = member.value
  }
  const inside = path.length === 0 ? undefined : node.loc
  return tokens
    .filter(({ type }) => /Comment$/.test(type))
    .filter(
      ({ loc }) =>
        inside === undefined ||
        loc.end.offset <= inside.start.offset ||
        loc.start.offset >= inside.end.offset,
    )
    .map(({ loc }) => text.slice(loc.start.offset, loc.end.offset).trimEnd())
}

/** Whether the one has what the other has, in its order. */
function hasInOrder(all: readonly string[], some: readonly string[]): boolean {
  let at = 0
  for (const each of all) if (each === some[at]) at += 1
  return at === some.length
}

const RUNS = { numRuns: 100 * Number(process.env["CLAWDIS_EDITS"] ?? 1) }

test("[CF13] whatever is set in whatever text, every comment and every other value stay as they were", () => {
  fc.assert(
    fc.property(Text, Path, Value, ({ text, value: before }, path, value) => {
      const after = setInJson5(text, path, value)
      const wanted = withValue(before, path, value)
      expect(isDeepStrictEqual(parseJson5(after).value, wanted), after).toBe(true)
      expect(hasInOrder(commentsOf(after), commentsOf(text, path)), after).toBe(true)
      expect(setInJson5(after, path, value)).toBe(after)
    }),
    RUNS,
  )
})

test("[CF13] whatever is unset in whatever text, every comment and every other value stay as they were", () => {
  fc.assert(
    fc.property(Text, Path, ({ text, value: before }, path) => {
      const after = unsetInJson5(text, path)
      expect(isDeepStrictEqual(parseJson5(after).value, withoutValue(before, path)), after).toBe(
        true,
      )
      expect(hasInOrder(commentsOf(after), commentsOf(text, path)), after).toBe(true)
      expect(unsetInJson5(after, path)).toBe(after)
    }),
    RUNS,
  )
})

test("[CF13] a list that replaces another keeps every comment that stood in it", () => {
  const List = fc.array(fc.oneof(Scalar, fc.constantFrom(1, 2)), { maxLength: 6 })
  fc.assert(
    fc.property(Text, List, List, fc.infiniteStream(Gap), ({ value }, old, next, gaps) => {
      const text = scribble(
        { ...value, list: old },
        () => gaps.next().value as string,
        () => true,
      )
      const after = setInJson5(text, ["list"], next)
      expect(isDeepStrictEqual(parseJson5(after).value, { ...value, list: next }), after).toBe(true)
      expect(hasInOrder(commentsOf(after), commentsOf(text)), after).toBe(true)
    }),
    RUNS,
  )
})
