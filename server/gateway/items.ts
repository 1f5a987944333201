// What one answer or one `send` is as messages of a channel: files first, with the text under the first of
// them where it fits as a caption, else behind them.

import type { ChannelDefinition } from "../channels/channel.ts"
import type { DeliveryItem, MediaRecord } from "../store/store.ts"
import { splitText } from "./split.ts"

export function toItems(
  text: string,
  files: readonly MediaRecord[],
  {
    maxCaptionLength,
    maxTextLength,
  }: Pick<ChannelDefinition, "maxCaptionLength" | "maxTextLength">,
): DeliveryItem[] {
  const words = text.trim()
  const isCaption = files.length > 0 && words.length <= maxCaptionLength
  return [
    ...files.map((media, index) => ({ text: isCaption && index === 0 ? words : "", media })),
    ...(isCaption ? [] : splitText(words, maxTextLength).map((piece) => ({ text: piece }))),
  ]
}
