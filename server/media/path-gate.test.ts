import { execFileSync } from "node:child_process"
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { GatewayError } from "#protocol"
import { createPathGate, openAsJudged, type PathGateParts } from "./path-gate.ts"

/** A home with a state folder and a folder of pictures in it. */
async function prepare(
  change: (parts: PathGateParts & { home: string }) => Partial<PathGateParts> = () => ({}),
) {
  const home = await realpath(await mkdtemp(join(tmpdir(), "clawdis-test-")))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const state = join(home, "state")
  for (const folder of ["state/workspace/deep", "state/media", "pictures", "outside"]) {
    await mkdir(join(home, folder), { recursive: true })
  }
  for (const file of [
    "state/clawdis.db",
    "state/workspace/deep/report.txt",
    "state/workspace/%2e%2e",
    "state/media/a.png",
    "pictures/cat.png",
    "outside/secret",
    "config.json",
  ]) {
    await writeFile(join(home, file), file)
  }
  const parts = {
    own: [join(state, "workspace"), join(state, "media")],
    roots: [join(home, "pictures")],
    secret: [state, join(home, "config.json")],
  }
  const gate = createPathGate({ ...parts, ...change({ ...parts, home }) })
  const read = async (path: string) => {
    const handle = await gate(path.startsWith("/") || path === "" ? path : join(home, path))
    try {
      return await handle.readFile("utf8")
    } finally {
      await handle.close()
    }
  }
  return { home, read }
}

const reason = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => expect.unreachable("it was given"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(GatewayError)
      return (error as GatewayError).reason
    },
  )

test.for([
  "state/workspace/deep/report.txt",
  "state/workspace/%2e%2e",
  "state/media/a.png",
  "pictures/cat.png",
  "pictures/../state/workspace/deep/report.txt",
])("[M5] %s may be sent", async (path) => {
  const { read } = await prepare()
  expect(await read(path)).toBe(path.replace("pictures/../", ""))
})

test.for([
  "/etc/passwd",
  "/dev/zero",
  "/proc/self/environ",
  "",
  "state/clawdis.db",
  "state",
  "state/workspace",
  "state/workspace/deep",
  "state/workspace/../clawdis.db",
  "state/media/../clawdis.db",
  "pictures/../outside/secret",
  "outside/secret",
  "outside/missing",
  "pictures/cat.png/x\0y",
  "state/workspace-other/x",
])("[M5, VA14, AU26] %j is refused", async (path) => {
  const { read } = await prepare()
  const error = reason(read(path))
  expect(await error).toBe("blocked_path")
})

test("[M5, VA14] a path that is not absolute is refused", async () => {
  const gate = createPathGate({ own: [], roots: [process.cwd()], secret: [] })
  expect(await reason(gate("package.json"))).toBe("blocked_path")
  expect(await reason(gate("~/.clawdis/clawdis.json"))).toBe("blocked_path")
})

test("[M5] a file that may be sent but does not exist is unavailable", async () => {
  const { read } = await prepare()
  expect(await reason(read("pictures/dog.png"))).toBe("media_unavailable")
})

test("[M5, VA14] a link out of a root is refused, one within it is followed", async () => {
  const { home, read } = await prepare()
  await symlink(join(home, "outside/secret"), join(home, "pictures/file"))
  await symlink(join(home, "outside"), join(home, "pictures/folder"))
  await symlink(join(home, "state/clawdis.db"), join(home, "state/workspace/db"))
  await symlink(join(home, "pictures/cat.png"), join(home, "pictures/same"))
  await symlink("loop", join(home, "pictures/loop"))
  expect(await reason(read("pictures/file"))).toBe("blocked_path")
  expect(await reason(read("pictures/folder/secret"))).toBe("blocked_path")
  expect(await reason(read("state/workspace/db"))).toBe("blocked_path")
  expect(await read("pictures/same")).toBe("pictures/cat.png")
  await reason(read("pictures/loop"))
})

test("[M5, VA14] a pipe is refused and nobody waits for it", async () => {
  const { home, read } = await prepare()
  execFileSync("sh", ["-c", 'mkfifo "$0"', join(home, "pictures/pipe")])
  expect(await reason(read("pictures/pipe"))).toBe("blocked_path")
})

test("[M5, AU26] a root around the state folder opens nothing of it but what is meant for files", async () => {
  const { read } = await prepare(({ home }) => ({ roots: [home] }))
  expect(await read("outside/secret")).toBe("outside/secret")
  expect(await read("state/media/a.png")).toBe("state/media/a.png")
  expect(await reason(read("state/clawdis.db"))).toBe("blocked_path")
  expect(await reason(read("config.json"))).toBe("blocked_path")
})

test("[M5, AU26] a workspace that is or holds the state folder opens nothing of the state", async () => {
  for (const workspace of ["state", "."]) {
    const { read } = await prepare(({ home }) => ({
      own: [join(home, workspace), join(home, "state/media")],
    }))
    expect(await reason(read("state/clawdis.db"))).toBe("blocked_path")
    expect(await read("state/media/a.png")).toBe("state/media/a.png")
  }
})

test("[M5] a root that is itself a link counts as what it leads to", async () => {
  const { home, read } = await prepare(({ home }) => ({ roots: [join(home, "link")] }))
  await symlink(join(home, "pictures"), join(home, "link"))
  expect(await read("link/cat.png")).toBe("pictures/cat.png")
  expect(await reason(read("link/dog.png"))).toBe("media_unavailable")
})

test("[M5] what was put in the place of a judged file, or of a folder above it, is not opened", async () => {
  const { home } = await prepare()
  await symlink(join(home, "outside"), join(home, "pictures/folder"))
  await symlink(join(home, "outside/secret"), join(home, "pictures/file"))
  for (const path of ["pictures/folder/secret", "pictures/file", "pictures", "pictures/gone"]) {
    expect(await reason(openAsJudged(join(home, path))), path).toBe("blocked_path")
  }
  await (await openAsJudged(join(home, "pictures/cat.png"))).close()
})
