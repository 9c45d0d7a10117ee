/** Toast is something to be told once. */
export interface Toast {
  readonly id: string
  readonly text: string
  readonly bad: boolean
}

/** How many are on the screen at once; the older ones are a press away. */
export const MOST_TOASTS = 3

/** Arrivals puts toasts of several makers in the order in which they were first seen. */
export class Arrivals {
  #seen: readonly string[] = []

  /** ordered returns the toasts that there are, the newest last. */
  ordered(toasts: readonly Toast[]): Toast[] {
    const there = new Map(toasts.map((toast) => [toast.id, toast]))
    this.#seen = [...new Set([...this.#seen.filter((id) => there.has(id)), ...there.keys()])]
    return this.#seen.flatMap((id) => there.get(id) ?? [])
  }
}
