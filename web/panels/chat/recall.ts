// One's own messages, taken up again in an empty box one after the other, from the last one back. Pure.

export interface Recall {
  /** What to show for this key; undefined when it is not for this. */
  press(key: string, box: string): string | undefined
}

/** `messages`: one's own, oldest first. */
export function createRecall(messages: () => readonly string[]): Recall {
  let shown: { readonly text: string; readonly at: number } | undefined

  function show(list: readonly string[], at: number): string | undefined {
    const text = list[at]
    if (text === undefined) return undefined
    shown = { text, at }
    return text
  }

  return {
    press(key, box) {
      const isShown = shown !== undefined && box === shown.text
      if (!isShown) shown = undefined
      if (key === "ArrowUp" && box === "") {
        const list = messages()
        return show(list, list.length - 1)
      }
      if (shown === undefined) return undefined
      // In a text of several lines the arrows move in it.
      if (key === "ArrowUp" && !box.includes("\n")) return show(messages(), shown.at - 1)
      const isBack = key === "Escape" || (key === "ArrowDown" && !box.includes("\n"))
      if (!isBack) return undefined
      const next = key === "Escape" ? undefined : show(messages(), shown.at + 1)
      if (next === undefined) shown = undefined
      return next ?? ""
    },
  }
}
