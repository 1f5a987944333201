// What can be done with one message: copied as it was written or as it is read, and more.

import { useContext } from "preact/hooks"
import { text } from "../../text/index.ts"
import { CopyButton } from "../../ui/copy.tsx"
import { copyText } from "../../ui/copy-text.ts"
import { MenuButton, type MenuItem } from "../../ui/menu.tsx"
import { toWords } from "../../ui/rich-text.tsx"
import { StatusLine } from "../../ui/status.ts"

interface MessageMenuProps {
  readonly words: string
  /** The words are Markdown. */
  readonly markdown?: boolean
  readonly more?: readonly MenuItem[]
}

export function MessageMenu({ words, markdown = false, more = [] }: MessageMenuProps) {
  const say = useContext(StatusLine)
  const copyItem = (label: string, read: () => Promise<string>): MenuItem => ({
    label,
    icon: "copy",
    onSelect: () =>
      void read()
        .then(copyText)
        .then((isCopied) => {
          if (isCopied) say(text.copy.copied)
        }),
  })
  const asText = copyItem(text.message.copyText, async () => (markdown ? toWords(words) : words))
  const asMarkdown = markdown ? [copyItem(text.message.copyMarkdown, async () => words)] : []
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
