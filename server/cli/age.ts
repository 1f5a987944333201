const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const

/** A span of time for people, in its two largest units: "3 s", "2 h 5 min", "4 d". */
export function toAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const index = UNITS.findIndex(([, size]) => seconds >= size)
  const unit = UNITS[index]
  if (unit === undefined) return `${seconds} s`
  const [name, size] = unit
  const next = UNITS[index + 1]
  const rest = next === undefined ? 0 : Math.floor((seconds % size) / next[1])
  const first = `${Math.floor(seconds / size)} ${name}`
  return next === undefined || rest === 0 ? first : `${first} ${rest} ${next[0]}`
}
