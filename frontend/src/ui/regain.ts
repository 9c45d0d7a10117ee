import type { Attachment } from 'svelte/attachments'

/**
 * regain gives the focus to another element when the one that it is on, or in, goes away: to the one that near names,
 * else home. Without it the focus would be lost, and the keyboard with it.
 */
export function regain(near: () => HTMLElement | null | undefined = home): Attachment<HTMLElement> {
  return (node) => {
    let inside = node.contains(document.activeElement)
    const came = () => (inside = true)
    // Some engines report the focus as gone when they take the element out; that is known only afterwards.
    const went = () => queueMicrotask(() => (inside = node.isConnected && node.contains(document.activeElement)))
    node.addEventListener('focusin', came)
    node.addEventListener('focusout', went)
    return () => {
      node.removeEventListener('focusin', came)
      node.removeEventListener('focusout', went)
      if (inside) (near() ?? home())?.focus()
    }
  }
}

/** Where there is always something to take the focus, and the keys go on from: what is open, the list, the chat. */
const HOMES = ['dialog[open] .body', '[data-pane="list"]', '[data-pane="message"]', '[data-pane="conversation"]']

/** home is the first of these places that is on the screen. */
export function home(): HTMLElement | null {
  return HOMES.flatMap((place) => [...document.querySelectorAll<HTMLElement>(place)]).find((place) => place.checkVisibility()) ?? null
}

/** next finds the first element that a selector finds when what had the focus has gone. */
export function next(selector: string): () => HTMLElement | null {
  return () => document.querySelector<HTMLElement>(selector)
}
