// What the agent does to a list as a whole: how it is sorted and filtered, which chats of it are ticked, and that the
// hand is in it. The lists themselves are the host's; this keeps only what was just said to it.
import { Hand } from '../../core/hand'
import type { Filter, Host, Rows } from '../../core/host'
import { isSet, NO_FILTER, Sieve } from '../../core/sieve'
import type { ListName } from '../../core/store'

type Told = Pick<Host, 'SetOrder' | 'SetFilter' | 'Hand' | 'Apply' | 'Select' | 'SelectRange' | 'SelectAll' | 'SelectNone'>

interface Shown {
  readonly filter: Filter
  readonly text: string
}

export class Lists {
  readonly hand: Hand
  #shown = $state.raw<Record<ListName, Shown>>({
    my: { filter: NO_FILTER, text: '' },
    queue: { filter: NO_FILTER, text: '' },
  })
  readonly #host: Told
  readonly #sieves = { my: new Sieve(), queue: new Sieve() }
  /** From where a range reaches: the chat that was ticked last. */
  readonly #anchors: Record<ListName, string> = { my: '', queue: '' }

  constructor(host: Told) {
    this.#host = host
    this.hand = new Hand((list, busy) => void host.Hand(list, busy))
  }

  /** filter is what a list is filtered by, and text what stands in its search box. */
  filter(list: ListName): Filter {
    return this.#shown[list].filter
  }

  text(list: ListName): string {
    return this.#shown[list].text
  }

  /** filtered says whether anything of a list is filtered or searched. */
  filtered(list: ListName): boolean {
    return isSet(this.filter(list))
  }

  heard(rows: Rows): void {
    const list = rows.list === 'queue' ? 'queue' : 'my'
    this.#sieves[list].hear(rows.filter)
    this.#show(list)
  }

  sift(list: ListName, part: Partial<Filter>): void {
    void this.#host.SetFilter(list, this.#sieves[list].set(part))
    this.#show(list)
  }

  /** clear lets all chats of a list through again. */
  clear(list: ListName): void {
    this.sift(list, NO_FILTER)
  }

  sort(list: ListName, order: string): void {
    void this.#host.SetOrder(list, order)
  }

  /** apply lets the rows take the places that they would have without the hand. */
  apply(list: ListName): void {
    void this.#host.Apply(list)
  }

  /** tick selects a chat or not; with reach, all from the one that was ticked last to it. */
  tick(list: ListName, chat: string, on: boolean, reach: boolean): void {
    const from = this.#anchors[list]
    this.#anchors[list] = chat
    if (reach && from !== '') void this.#host.SelectRange(list, from, chat)
    else void this.#host.Select(list, chat, on)
  }

  tickAll(list: ListName, on: boolean): void {
    this.#anchors[list] = ''
    void (on ? this.#host.SelectAll(list) : this.#host.SelectNone(list))
  }

  #show(list: ListName): void {
    const { filter, text } = this.#sieves[list]
    const shown = this.#shown[list]
    if (shown.filter === filter && shown.text === text) return
    this.#shown = { ...this.#shown, [list]: { filter, text } }
  }
}
