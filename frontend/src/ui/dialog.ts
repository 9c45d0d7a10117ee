import { createContext, type Snippet } from 'svelte'

/** What every dialog shows beside its own: inDialogs says it, shownToo reads it. */
export const [shownToo, inDialogs] = createContext<Snippet>()
