// The Bot API objects that the lab makes, as far as it makes them.

export type User = {
  readonly id: number
  readonly is_bot: boolean
  readonly first_name: string
  readonly username?: string
}

export type Chat = {
  readonly id: number
  readonly type: "private" | "group" | "supergroup"
  readonly title?: string
  readonly first_name?: string
  readonly username?: string
}

export type Entity = {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly user?: User
  readonly language?: string
  readonly custom_emoji_id?: string
}

export type FileRef = {
  readonly file_id: string
  readonly file_unique_id: string
  readonly file_size: number
}

export type MediaFile = FileRef & {
  readonly file_name?: string
  readonly mime_type?: string
  readonly duration?: number
  readonly width?: number
  readonly height?: number
}

export type Content = {
  readonly text?: string
  readonly entities?: readonly Entity[]
  readonly caption?: string
  readonly caption_entities?: readonly Entity[]
  readonly reply_markup?: unknown
  readonly photo?: readonly MediaFile[]
  readonly document?: MediaFile
  readonly audio?: MediaFile
  readonly video?: MediaFile
  readonly voice?: MediaFile
  readonly animation?: MediaFile
  readonly video_note?: MediaFile
  readonly sticker?: MediaFile
  /** The same for the pictures of one album, each of which is a message. */
  readonly media_group_id?: string
  readonly migrate_to_chat_id?: number
  readonly migrate_from_chat_id?: number
}

export type Message = Content & {
  readonly message_id: number
  readonly date: number
  readonly edit_date?: number
  readonly chat: Chat
  readonly from: User
  readonly reply_to_message?: Message
}

export type MessageUpdate = { readonly update_id: number; readonly message: Message }
export type EditUpdate = { readonly update_id: number; readonly edited_message: Message }
