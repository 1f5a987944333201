// Reading a file that a conversation shows, in pieces over the one socket (rule M13).

import * as v from "valibot"
import { Count, shortText } from "./text.ts"

/** Params of `media.get`. `offset` is where the piece begins, in bytes. */
export const MediaGetParams = v.strictObject({
  mediaId: shortText(),
  offset: v.optional(Count),
})

export const MediaPiece = v.object({
  mimeType: v.string(),
  /** Of the whole file. */
  bytes: Count,
  /** In base64. */
  data: v.string(),
  /** The `offset` of the next piece; missing with the last one. */
  next: v.optional(Count),
})
export type MediaPiece = v.InferOutput<typeof MediaPiece>
