// Answers to pings. Whoever pings faster than answers leave gets fewer of them, the latest among them, and
// whoever goes on like that is let go (fault FR13).

export interface Pings {
  /** A ping came; false says that there were too many for too long. */
  take(data: Buffer): boolean
}

export interface PingsParts {
  readonly monotonic: () => number
  /** The length of the windows in which pings are counted: a second. */
  readonly windowMs: number
  /** Sends an answer, and calls back when it has left. */
  readonly pong: (data: Buffer, left: () => void) => void
}

const MAX_PINGS_PER_WINDOW = 200
/** So many full windows in a row are a flood; a burst alone is none. */
const FLOOD_WINDOWS = 5
/** Answers on their way, beyond which only the latest ping is remembered. */
const MAX_WAITING_PONGS = 16

export function createPings({ monotonic, pong, windowMs }: PingsParts): Pings {
  let waiting = 0
  let latest: Buffer | undefined
  let window = 0
  let inWindow = 0
  let fullWindows = 0

  function answer(data: Buffer): void {
    waiting += 1
    pong(data, () => {
      waiting -= 1
      if (latest === undefined) return
      const next = latest
      latest = undefined
      answer(next)
    })
  }

  function count(): void {
    const now = Math.floor(monotonic() / windowMs)
    if (now !== window) {
      const goesOn = now === window + 1 && inWindow > MAX_PINGS_PER_WINDOW
      fullWindows = goesOn ? fullWindows + 1 : 0
      window = now
      inWindow = 0
    }
    inWindow += 1
  }

  return {
    take(data) {
      count()
      if (waiting < MAX_WAITING_PONGS) answer(data)
      else latest = data
      return fullWindows < FLOOD_WINDOWS
    },
  }
}
