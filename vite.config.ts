// Builds the page in web/ into dist/web, which the gateway serves.

import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { globSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { defineConfig, minifySync, type Plugin, transformWithOxc } from "vite"

const ROOT = fileURLToPath(new URL(".", import.meta.url))
const WEB = join(ROOT, "web")

const { version } = readJson(join(ROOT, "package.json")) as { version: string }

export default defineConfig({
  root: WEB,
  define: { PAGE_VERSION: JSON.stringify(version), PAGE_COMMIT: JSON.stringify(findCommit()) },
  plugins: [firstPaint(), licences(), precompress()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: join(ROOT, "dist", "web"),
    emptyOutDir: true,
    target: "es2022",
    // The page's content security policy allows neither inline scripts nor data: addresses.
    modulePreload: {
      polyfill: false,
      // A file that was fetched ahead in vain could not be had again, even when the gateway is back.
      resolveDependencies: (_file, needed) => needed.filter((name) => !name.endsWith(".js")),
    },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // What is loaded first comes as one file: seven small ones are seven answers, and compress worse.
        codeSplitting: { groups: [{ name: "page", tags: ["$initial"] }] },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/boot.json": "http://127.0.0.1:18789",
      // The page's own socket lives at `/`; Vite's for hot reloading has a protocol of its own.
      "^/$": {
        target: "ws://127.0.0.1:18789",
        ws: true,
        bypass: (request) =>
          request.headers.upgrade === "websocket" ? undefined : (request.url ?? "/"),
      },
    },
  },
})

/** Puts web/first-paint.ts in front of everything in the page, as a script that the browser waits for. */
function firstPaint(): Plugin {
  const source = join(WEB, "first-paint.ts")
  let address = "/first-paint.ts"
  return {
    name: "first-paint",
    async generateBundle() {
      const { code } = await transformWithOxc(readFileSync(source, "utf8"), source)
      const small = minifySync("first-paint.js", code).code
      const hash = createHash("sha256").update(small).digest("hex").slice(0, 8)
      const fileName = `assets/first-paint-${hash}.js`
      this.emitFile({ type: "asset", fileName, source: small })
      address = `/${fileName}`
    },
    transformIndexHtml: () => [
      { tag: "script", attrs: { src: address }, injectTo: "head-prepend" },
    ],
  }
}

/** The licences of the libraries whose code is in the page, which have to come with it. */
function licences(): Plugin {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) =>
        file.type === "chunk" ? file.moduleIds : [],
      )
      const folders = new Set(modules.flatMap((id) => findPackage(id) ?? []))
      const texts = [...folders].map(toLicence).sort()
      const own = `Clawdis\n\n${readFileSync(join(ROOT, "LICENSE"), "utf8").trim()}`
      const source = [own, ...texts].join(`\n\n${"-".repeat(72)}\n\n`)
      this.emitFile({ type: "asset", fileName: "licences.txt", source: `${source}\n` })
    },
  }
}

/** The folder of the library that a module belongs to; undefined for our own. */
function findPackage(id: string): string | undefined {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]
}

function toLicence(folder: string): string {
  const { name, version: its } = readJson(join(folder, "package.json")) as Record<string, string>
  const [file] = readdirSync(folder).filter((found) => /^licen[cs]e/i.test(found))
  if (file === undefined) throw new Error(`${name} comes without the text of its licence.`)
  return `${name} ${its}\n\n${readFileSync(join(folder, file), "utf8").trim()}`
}

/** Writes each file of the page as .br and .gz beside it, so that the gateway has nothing to compress. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    writeBundle({ dir = "" }) {
      for (const file of globSync("**/*.{css,html,js,svg,txt,webmanifest}", { cwd: dir })) {
        const path = join(dir, file)
        const bytes = readFileSync(path)
        writeFileSync(`${path}.br`, brotliCompressSync(bytes))
        writeFileSync(`${path}.gz`, gzipSync(bytes))
      }
    },
  }
}

/** Short, as it is written beside a version; empty where there is no repository, or no git. */
function findCommit(): string {
  const { stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT })
  return String(stdout ?? "").trim()
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"))
}
