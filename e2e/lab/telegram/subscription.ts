// Which kinds of update the bot hears: the last `allowed_updates` that was not left out. It counts for
// what happens afterwards; updates already queued stay.

const NOT_BY_DEFAULT = new Set(["chat_member", "message_reaction", "message_reaction_count"])

export type Subscription = ReturnType<typeof createSubscription>

export function createSubscription() {
  let types: readonly unknown[] | null = null
  return {
    /** Null means the service's default. */
    get types(): readonly unknown[] | null {
      return types
    },

    change(list: readonly unknown[] | undefined): void {
      if (list !== undefined) types = list.length === 0 ? null : list
    },

    includes(type: string): boolean {
      return types === null ? !NOT_BY_DEFAULT.has(type) : types.includes(type)
    },
  }
}
