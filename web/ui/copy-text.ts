/** Whether the text is on the clipboard now. */
export async function copyText(text: string): Promise<boolean> {
  // A page over plain http from another machine has no clipboard object.
  if (navigator.clipboard === undefined) return copyBySelection(text)
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement
  const area = document.createElement("textarea")
  area.className = "visually-hidden"
  area.value = text
  // Behind an open dialog nothing can be selected.
  const place = before?.closest("dialog") ?? document.body
  place.append(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}
