import { useEffect, useState } from "preact/hooks"

/** As the style sheets have it. */
const NARROW = "(width < 900px)"

/** Whether the window is so narrow that what else stands side by side covers what is under it. */
export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches)
  useEffect(() => {
    const query = matchMedia(NARROW)
    const look = () => setNarrow(query.matches)
    look()
    query.addEventListener("change", look)
    return () => query.removeEventListener("change", look)
  }, [])
  return isNarrow
}
