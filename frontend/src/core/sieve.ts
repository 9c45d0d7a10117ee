// What one list is filtered by. What the agent chooses is shown at once and told to the host; until the host says
// the same, older news of it does not undo what is being typed.
import type { Filter } from './host'

export const NO_FILTER: Filter = { channels: [], dots: [], teams: [], onHold: false, query: '' }

export class Sieve {
  #wanted: Filter | undefined
  #heard: Filter = NO_FILTER
  #typed = ''

  /** filter is what the list is, or is about to be, filtered by. */
  get filter(): Filter {
    return this.#wanted ?? this.#heard
  }

  /** text is the query as it stands in the search box: as it was typed, with the space that ends a word. */
  get text(): string {
    const { query } = this.filter
    return tidy(query) === tidy(this.#typed) ? this.#typed : query
  }

  /** set changes part of the filter and returns all of it, for the host. */
  set(part: Partial<Filter>): Filter {
    const next = { ...this.filter, ...part }
    if (part.query !== undefined) this.#typed = part.query
    this.#wanted = next
    return next
  }

  /** hear takes what the host says the list is filtered by. */
  hear(filter: Filter): void {
    if (!sameFilter(filter, this.#heard)) this.#heard = filter
    if (this.#wanted !== undefined && sameFilter(filter, this.#wanted)) this.#wanted = undefined
  }
}

/** parts counts what of a filter is set, apart from the words that are searched. */
export function parts(filter: Filter): number {
  return filter.channels.length + filter.dots.length + filter.teams.length + (filter.onHold ? 1 : 0)
}

/** isSet says whether anything is filtered or searched. */
export function isSet(filter: Filter): boolean {
  return parts(filter) > 0 || tidy(filter.query) !== ''
}

/** toggled puts a value into a set, or takes it out. */
export function toggled(values: readonly string[], value: string): string[] {
  return values.includes(value) ? values.filter((each) => each !== value) : [...values, value]
}

/** offered are the values that there are, or that are chosen though they are no more, each with its word, in its order. */
export function offered(words: Readonly<Record<string, string>>, there: readonly string[], chosen: readonly string[]): [string, string][] {
  return Object.entries(words).filter(([value]) => there.includes(value) || chosen.includes(value))
}

function sameFilter(a: Filter, b: Filter): boolean {
  return (
    a.onHold === b.onHold && tidy(a.query) === tidy(b.query) &&
    sameSet(a.channels, b.channels) && sameSet(a.dots, b.dots) && sameSet(a.teams, b.teams)
  )
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each))
}

function tidy(query: string): string {
  return query.trim().replace(/\s+/g, ' ')
}
