// What can be done with one message: copied as it was written or as it is read, and more.

import { useContext } from "preact/hooks"
import { text } from "../../text/index.ts"
import { CopyButton } from "../../ui/copy.tsx"
import { copyText } from "../../ui/copy-text.ts"
import { MenuButton, type MenuItem } from "../../ui/menu.tsx"
import { toPlainText } from "../../ui/plain-text.ts"
import { StatusLine } from "../../ui/status.ts"

interface MessageMenuProps {
  readonly words: string
  /** The words are Markdown. */
  readonly markdown?: boolean
  readonly more?: readonly MenuItem[]
}

export function MessageMenu({ words, markdown = false, more = [] }: MessageMenuProps) {
  const say = useContext(StatusLine)
  const copyItem = (label: string, read: () => string): MenuItem => ({
    label,
    icon: "copy",
    onSelect: () =>
      void copyText(read()).then((isCopied) => {
        if (isCopied) say(text.copy.copied)
      }),
  })
  const asText = copyItem(text.message.copyText, () => (markdown ? toPlainText(words) : words))
  const asMarkdown = markdown ? [copyItem(text.message.copyMarkdown, () => words)] : []
  return (
    <>
      <CopyButton
        label={text.copy.message}
        doneLabel={text.copy.copied}
        iconOnly
        text={() => words}
      />
      <MenuButton label={text.message.menu} items={[...asMarkdown, asText, ...more]} />
    </>
  )
}
