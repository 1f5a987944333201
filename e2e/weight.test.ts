// What a browser has to load, judged by the files that the build writes.

import { execFile } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { afterAll, beforeAll, expect, test } from "vitest"

const KB = 1000
const VITE = join(import.meta.dirname, "..", "node_modules", ".bin", "vite")

let folder = ""
let html = ""
let files: readonly string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clawdis-page-"))
  const { NODE_ENV: _, ...env } = process.env
  const args = ["build", "--outDir", folder, "--logLevel", "warn"]
  await promisify(execFile)(VITE, args, { cwd: join(import.meta.dirname, ".."), env })
  html = read("index.html")
  files = globSync("**/*.*", { cwd: folder })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const read = (file: string) => readFileSync(join(folder, file), "utf8")
const weigh = (file: string) => readFileSync(join(folder, `${file}.gz`)).length
const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, one = ""]) => one)

/** What the page's first answer makes the browser load at once. */
const firstFiles = (ending: string) =>
  matches(html, /(?:src|href)="\/([^"]+)"/g).filter((file) => file.endsWith(ending))

/** With what they import themselves, should the page not have named it. */
function withImports(names: readonly string[]): readonly string[] {
  const found = new Set(names)
  for (const name of found) {
    for (const other of matches(read(name), /(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g)) {
      found.add(`assets/${other}`)
    }
  }
  return [...found]
}

test("what is loaded first is light", () => {
  const scripts = withImports(firstFiles(".js"))
  const styles = firstFiles(".css")
  expect(scripts.length).toBeGreaterThan(1)
  expect(styles.length).toBeGreaterThan(0)
  const sum = (names: readonly string[]) => names.map(weigh).reduce((a, b) => a + b, 0)
  expect(sum(scripts), "scripts").toBeLessThanOrEqual(60 * KB)
  expect(sum(styles), "styles").toBeLessThanOrEqual(10 * KB)
})

test("a language beside English is loaded only when it is spoken", () => {
  const scripts = withImports(firstFiles(".js")).map(read).join("\n")
  expect(scripts).toContain("Say hello")
  expect(scripts).not.toContain("Zeg hallo")
})

test("what only a part says that comes later is loaded with that part", () => {
  const scripts = withImports(firstFiles(".js"))
  const saying = files.filter(
    (file) => file.endsWith(".js") && read(file).includes("Everything works"),
  )
  expect(saying).not.toEqual([])
  expect(saying.filter((file) => scripts.includes(file))).toEqual([])
})

test("each file is there compressed as well, unless it is a picture already so", () => {
  const plain = files.filter((file) => !/\.(?:br|gz|png)$/.test(file))
  expect(plain).toContain("manifest.webmanifest")
  for (const file of plain) {
    const bytes = readFileSync(join(folder, file))
    expect(gunzipSync(readFileSync(join(folder, `${file}.gz`))).equals(bytes), file).toBe(true)
    expect(brotliDecompressSync(readFileSync(join(folder, `${file}.br`))).equals(bytes)).toBe(true)
  }
})

test("what is kept by the browser for ever has a name that changes with it", () => {
  const assets = files.filter((file) => file.startsWith("assets/"))
  expect(assets.length).toBeGreaterThan(5)
  expect(assets.filter((file) => !/-[\w-]{8}\.(?:js|css|svg)(?:\.br|\.gz)?$/.test(file))).toEqual(
    [],
  )
})

test("[WC16] no file leads to another host", () => {
  const linked = matches(html, /(?:src|href)="([^"]*)"/g)
  expect(linked.filter((address) => !/^\/[^/]/.test(address))).toEqual([])
  const texts = files.filter((file) => /\.(?:js|css|svg|webmanifest)$/.test(file)).map(read)
  const hosts = texts.flatMap((text) => matches(text, /\b(?:https?|wss?):\/\/([\w.-]+\.\w+)/g))
  // Names of kinds of markup, and what a library says of itself when it fails.
  expect(new Set(hosts)).toEqual(new Set(["www.w3.org", "github.com"]))
  expect(texts.filter((text) => /@import|url\(\s*["']?(?:https?:)?\/\//.test(text))).toEqual([])
})

test("the page's first answer holds no script and no style of its own", () => {
  expect(matches(html, /(<script(?![^>]*\ssrc=)[^>]*>)/g)).toEqual([])
  expect(matches(html, /(<style|\sstyle=|\son\w+=)/g)).toEqual([])
})

test("it can be installed: a name, a start, and icons of both sizes that are there", () => {
  const manifest = JSON.parse(read("manifest.webmanifest")) as {
    name: string
    start_url: string
    display: string
    icons: { src: string; sizes: string }[]
  }
  expect(manifest).toMatchObject({ name: "Clawdis", start_url: "/", display: "standalone" })
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(["192x192", "512x512", "512x512"])
  for (const { src, sizes } of manifest.icons) {
    const png = readFileSync(join(folder, src))
    expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(sizes)
  }
  for (const file of firstFiles("")) expect(existsSync(join(folder, file)), file).toBe(true)
})

test("each library in the page comes with its licence", () => {
  const licences = read("licences.txt")
  for (const name of ["Clawdis", "preact", "@preact/signals", "marked", "valibot"]) {
    expect(licences).toMatch(new RegExp(`^${name}(?: [\\d.]+)?\\n\\n`, "m"))
  }
  expect(licences.match(/Permission is hereby granted/g)?.length).toBeGreaterThan(4)
})
