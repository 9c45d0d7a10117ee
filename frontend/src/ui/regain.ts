import type { Attachment } from 'svelte/attachments'

/**
 * regain gives the focus to another element when the one that it is on, or in, goes away. Without it the focus would be
 * lost, and the keyboard with it.
 */
export function regain(to: () => HTMLElement | null | undefined): Attachment<HTMLElement> {
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
      if (inside) to()?.focus()
    }
  }
}
