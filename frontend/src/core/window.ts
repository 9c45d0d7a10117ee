// The window of a long list: which rows are on the screen, which to ask for, and where to scroll so that a row
// shows. Rows all have one height, so everything follows from numbers; nothing here touches the page.

/** Range is rows from … to-1. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** How many rows beyond the screen are drawn on either side, so that scrolling does not show gaps. */
export const OVERSCAN = 6

/** Asks begin and end at multiples of this, so that a small scroll asks for nothing new. */
export const BLOCK = 24

/** The most rows that one ask may be for. */
export const MAX_ASK = 200

/** visible returns the rows to draw for a list of total rows that is scrolled by top in a viewport of height. */
export function visible(top: number, height: number, rowHeight: number, total: number): Range {
  if (rowHeight <= 0) return { from: 0, to: 0 }
  const first = Math.floor(Math.max(0, top) / rowHeight) - OVERSCAN
  const last = Math.ceil((Math.max(0, top) + Math.max(0, height)) / rowHeight) + OVERSCAN
  const to = Math.min(total, Math.max(0, last))
  return { from: Math.min(Math.max(0, first), to), to }
}

/** asked returns the rows to ask for so that shown is covered; at least one block, so that an empty list is told. */
export function asked(shown: Range): { from: number; count: number } {
  const from = Math.floor(shown.from / BLOCK) * BLOCK
  const to = Math.max(from + BLOCK, Math.ceil(shown.to / BLOCK) * BLOCK)
  return { from, count: Math.min(MAX_ASK, to - from) }
}

/** reveal returns the scroll position nearest to top at which the row at index is wholly on the screen. */
export function reveal(index: number, top: number, height: number, rowHeight: number): number {
  const start = index * rowHeight
  if (start < top) return start
  const end = start + rowHeight
  return end > top + height ? end - height : top
}
