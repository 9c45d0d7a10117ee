// The parts of the window that F6 goes through, each marked with data-pane on the element that takes the focus, or
// on the one that holds it.

export type Pane = 'rail' | 'list' | 'conversation' | 'message' | 'details'

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]:not([tabindex="-1"])'

function panes(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.checkVisibility())
}

function enter(pane: HTMLElement): void {
  const target = pane.matches('[tabindex], textarea') ? pane : pane.querySelector<HTMLElement>(FOCUSABLE)
  target?.focus()
}

/** focusPane moves the focus to a pane, if that is on the screen when the page has been drawn. */
export function focusPane(name: Pane): void {
  requestAnimationFrame(() => {
    const pane = panes().find((each) => each.dataset['pane'] === name)
    if (pane !== undefined) enter(pane)
  })
}

/** cyclePanes moves the focus to the next pane (step 1) or the one before (step -1). */
export function cyclePanes(step: 1 | -1): void {
  const all = panes()
  const here = all.findIndex((pane) => pane.contains(document.activeElement))
  const next = all[(Math.max(here, step === 1 ? -1 : 0) + step + all.length) % all.length]
  if (next !== undefined) enter(next)
}
