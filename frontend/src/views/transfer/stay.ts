// How long what can only be read stays.
import type { Batch } from '../../core/host'

/** How long a word of success stays once nothing can be done about it any more. */
const STAY_MILLIS = 4000

/** Stay says which words of success have been there to read for long enough. */
export class Stay {
  readonly #since = new Map<string, number>()

  /**
   * over returns the commands of those. Behind a dialog nothing can be read: what ended meanwhile, and an undo that
   * expired, stays its whole time once the dialog has gone.
   */
  over(well: readonly Batch[], now: number, behind: boolean): string[] {
    if (behind) {
      this.#since.clear()
      return []
    }
    return well.filter((batch) => now - this.#from(batch, now) >= STAY_MILLIS).map(({ command }) => command)
  }

  #from(batch: Batch, now: number): number {
    const from = this.#since.get(batch.command) ?? Math.max(now, batch.undoUntil)
    this.#since.set(batch.command, from)
    return from
  }
}
