// The agent's hand in a list: the host is told that something moves there, or is held, so that no row changes its
// place under the pointer. Movements come by the hundred and are told a few times a second, the last one too.
import type { ListName } from './store'

/** How often a movement is told, at most. The host waits for seconds after the last one. */
export const TELL_MILLIS = 400

interface Side {
  holds: number
  waiting: boolean
  again: boolean
}

export class Hand {
  readonly #tell: (list: ListName, busy: boolean) => void
  readonly #sides: Record<ListName, Side> = {
    my: { holds: 0, waiting: false, again: false },
    queue: { holds: 0, waiting: false, again: false },
  }

  constructor(tell: (list: ListName, busy: boolean) => void) {
    this.#tell = tell
  }

  /** moved says that the pointer, the wheel or a key did something in a list. */
  moved(list: ListName): void {
    const side = this.#sides[list]
    side.again = true
    if (!side.waiting) this.#say(list)
  }

  /** hold says that something in a list is open or dragged; what it returns says, once, that this has ended. */
  hold(list: ListName): () => void {
    const side = this.#sides[list]
    side.holds++
    if (side.holds === 1) this.#tell(list, true)
    let held = true
    return () => {
      if (!held) return
      held = false
      side.holds--
      if (side.holds === 0) this.#tell(list, false)
    }
  }

  #say(list: ListName): void {
    const side = this.#sides[list]
    side.again = false
    side.waiting = true
    this.#tell(list, side.holds > 0)
    setTimeout(() => {
      side.waiting = false
      if (side.again) this.#say(list)
    }, TELL_MILLIS)
  }
}
