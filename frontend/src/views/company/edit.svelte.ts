// What an agent changes of something that others may change at the same time: it is saved whole, in the place of the
// revision that was seen, and nobody's changes are written over unseen.
import type { Problem, Saved } from '../../core/host'

/** Revised is what has a revision that grows with each change; '' is the id of a new one. */
export interface Revised {
  readonly id: string
  readonly revision: number
}

export class Edit<T extends Revised> {
  draft = $state.raw() as T
  /** What somebody else has made of it meanwhile. */
  newer = $state.raw<T>()
  problem = $state.raw<Problem>()
  saving = $state(false)
  saved = $state(false)
  #base = $state.raw() as T
  readonly #settled: (sent: T) => T

  /** settled is what the server has once sent was saved: without what is asked for and not kept. */
  constructor(base: T, settled: (sent: T) => T = (sent) => sent) {
    this.#base = base
    this.draft = base
    this.#settled = settled
  }

  get dirty(): boolean {
    return !same(this.draft, this.#base)
  }

  /** change changes part of the draft. */
  change(part: Partial<T>): void {
    this.draft = { ...this.draft, ...part }
    this.saved = false
    this.problem = undefined
  }

  /** reset throws the changes away and takes what is newest. */
  reset(): void {
    this.#base = this.newer ?? this.#base
    this.draft = this.#base
    this.newer = undefined
    this.problem = undefined
    this.saved = false
  }

  /**
   * hear takes what the server has now. It replaces what nobody has changed here, and what is the same as the changes
   * made here, which may be heard before the answer to them; else it is kept beside them.
   */
  hear(now: T): void {
    if (now.revision === this.#base.revision) return
    const ours = same(now, this.#settled(this.draft))
    if (!ours && (this.dirty || this.saving)) {
      this.newer = now
      return
    }
    this.#base = now
    if (!this.saving) this.draft = now
    this.newer = undefined
  }

  /** save gives the draft to put, which answers for the server, and returns that answer; a second save waits for it. */
  async save(put: (set: T) => Promise<Saved>): Promise<Saved | undefined> {
    if (this.saving) return undefined
    const sent = this.draft
    ;[this.saving, this.saved, this.problem] = [true, false, undefined]
    try {
      const answer = await put({ ...sent, revision: this.#base.revision })
      this.problem = answer.problem[0]
      if (this.problem === undefined) this.#keep(sent)
      return answer
    } finally {
      this.saving = false
    }
  }

  #keep(sent: T): void {
    this.#base = { ...this.#settled(sent), revision: this.#base.revision }
    this.draft = this.#settled(this.draft)
    this.saved = true
  }
}

function same(a: Revised, b: Revised): boolean {
  return JSON.stringify({ ...a, revision: 0 }, plain) === JSON.stringify({ ...b, revision: 0 }, plain)
}

// The server trims words and keeps sets in an order of its own.
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.trim()
  return Array.isArray(value) ? value.toSorted() : value
}
