// Read by whatever Node people have, so it uses nothing that an old one does not know.

const OLDEST = [24, 9] as const

/** Why this program cannot run here, in one line; undefined if it can. */
export function findPlatformProblem(nodeVersion: string, platform: string): string | undefined {
  if (platform === "win32") return "Clawdis does not run on Windows itself; use WSL."
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number)
  const isNewEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  if (isNewEnough) return undefined
  return `Clawdis needs Node ${OLDEST.join(".")} or later, and this is ${nodeVersion}.`
}
